// The same upload as a line for the shell.
// @ts-check

/** @param {string} text */
function quoted(text) {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {URL} url
 * @param {string} name
 * @param {import("./home.js").Encoding} encoding
 */
export function curl(url, name, encoding) {
  const to = quoted(url.origin + url.pathname);
  const file = quoted(name);
  switch (encoding) {
    case "json":
      return (
        `printf '{"image": "%s"}' "$(base64 < ${file} | tr -d '\\n')" |\n` +
        `  curl -H 'Content-Type: application/json' -d @- ${to}`
      );
    case "form":
      return `base64 < ${file} | curl --data-urlencode image@- ${to}`;
    case "multipart":
      // In quotation marks where curl would take a comma or semicolon of the name for its own.
      return `curl -F ${file === name ? `image=@${name}` : quoted(`image=@"${name.replaceAll(/["\\]/g, "\\$&")}"`)} ${to}`;
  }
}
