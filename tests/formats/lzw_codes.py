"""GIF's compression, as a usual encoder does it."""


def packed(codes: list[int], code_size: int) -> bytes:
    """Codes as bits, each as long as a decoder expects it (appendix F)."""
    clear = 1 << code_size
    data, bits, size = bytearray(), 0, 0
    known, fresh = clear + 2, True
    for code in codes:
        width = min(12, max(code_size + 1, known.bit_length()))
        bits |= code % (1 << width) << size
        size += width
        whole = size // 8
        data += (bits & (1 << 8 * whole) - 1).to_bytes(whole, "little")
        bits, size = bits >> 8 * whole, size % 8
        if code == clear:
            known, fresh = clear + 2, True
        else:
            known, fresh = known + (not fresh and known < 4096), False
    return bytes(data) + (bytes([bits]) if size else b"")


def encoded(
    pixels: list[int], code_size: int, *, defer: bool = False, begin: bool = True, end: bool = True
) -> list[int]:
    """The codes of `pixels`, found as a usual encoder finds them; `defer`: a full table is never cleared."""
    clear = 1 << code_size
    codes = [clear] if begin else []
    table = {(value,): value for value in range(clear)}
    known, string = clear + 2, ()
    for pixel in pixels:
        if (*string, pixel) in table:
            string = (*string, pixel)
            continue
        codes.append(table[string])
        if known < 4096:
            table[(*string, pixel)] = known
            known += 1
        elif not defer:
            codes.append(clear)
            table = {(value,): value for value in range(clear)}
            known = clear + 2
        string = (pixel,)
    codes += [table[string]] if string else []
    return codes + ([clear + 1] if end else [])
