"""OpenStack Swift with its S3 interface, whole, in one process: run by the Python of an environment that has it.

``python swift_server.py FOLDER KEY SECRET REGION`` keeps everything in FOLDER, whose file system must have extended
attributes, and prints its version and the port once it answers. Accounts, containers, objects and the proxy before them
are Swift's own servers, each on a port of its own.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import eventlet
import eventlet.wsgi
from swift.common.ring.builder import RingBuilder
from swift.common.utils import eventlet_monkey_patch, set_swift_dir
from swift.common.wsgi import loadapp

_PIPELINE = "catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth copy slo dlo proxy-server"
_SWIFT = """
[swift-hash]
swift_hash_path_prefix = test
swift_hash_path_suffix = test
[storage-policy:0]
name = one
default = yes
"""
_BACKEND = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_address = /dev/null
log_level = CRITICAL
recon_cache_path = {folder}/cache
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """
[DEFAULT]
swift_dir = {folder}
log_address = /dev/null
log_level = CRITICAL
[pipeline:main]
pipeline = {pipeline}
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
{filters}
[filter:s3api]
use = egg:swift#s3api
location = {region}
min_segment_size = 1
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {secret} .admin
"""


def main(folder: Path, key: str, secret: str, region: str) -> None:
    eventlet_monkey_patch()
    for name in ("devices/d1", "cache"):
        (folder / name).mkdir(parents=True)
    (folder / "swift.conf").write_text(_SWIFT)
    set_swift_dir(str(folder))
    for kind in ("account", "container", "object"):
        socket = eventlet.listen(("127.0.0.1", 0))
        ring(folder, kind, socket.getsockname()[1])
        configuration = folder / f"{kind}.conf"
        configuration.write_text(_BACKEND.format(folder=folder, kind=kind))
        # Swift looks whether an object is there, and writes it afterwards. One request at a time makes that the one
        # step that it is at Amazon's.
        serve(socket, configuration, at_once=1 if kind == "object" else 100)
    plain = [name for name in _PIPELINE.split() if name not in ("s3api", "tempauth", "proxy-server")]
    filters = "\n".join(f"[filter:{name}]\nuse = egg:swift#{name}" for name in plain)
    configuration = folder / "proxy.conf"
    user = key.replace(":", "_")
    configuration.write_text(
        _PROXY.format(folder=folder, pipeline=_PIPELINE, filters=filters, region=region, user=user, secret=secret)
    )
    socket = eventlet.listen(("127.0.0.1", 0))
    server = serve(socket, configuration, at_once=100)
    print(f"OpenStack Swift {version('swift')}", socket.getsockname()[1], flush=True)
    server.wait()


def ring(folder: Path, kind: str, port: int) -> None:
    """Where everything of this kind lies: in one place."""
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0})
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{kind}.ring.gz"))


def serve(socket, configuration: Path, at_once: int):
    app = loadapp(str(configuration), global_conf={"log_name": configuration.stem})
    pool = eventlet.GreenPool(at_once)
    return eventlet.spawn(eventlet.wsgi.server, socket, app, log_output=False, custom_pool=pool, keepalive=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
