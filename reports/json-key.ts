import type { ByteWriter } from './byte-writer.js'
import { escapeBytes, writeBase64, writeJsonText } from './escape.js'
import { isUtf8 } from './utf8.js'

/** Keys up to this length are mostly plain ASCII and take the short way. */
const SHORT_KEY_BYTES = 256

/**
 * Writes `"key":"..."`: the exact text when the bytes are UTF-8, else the `\xNN` form and behind it
 * `"keyBase64":"..."` with the bytes.
 */
export function writeJsonKey(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.ascii('"key":"')
  if (end - start <= SHORT_KEY_BYTES && copyPlain(out, bytes, start, end)) {
    out.byte(34)
    return
  }
  if (isUtf8(bytes, start, end)) {
    writeJsonText(out, bytes, start, end)
    out.byte(34)
    return
  }
  const text = new TextEncoder().encode(escapeBytes(bytes, start, end))
  writeJsonText(out, text, 0, text.length)
  out.ascii('","keyBase64":"')
  writeBase64(out, bytes, start, end)
  out.byte(34)
}

/** Copies ASCII that needs no escape in JSON; false, with nothing written, when there is something else. */
export function copyPlain(out: ByteWriter, bytes: Uint8Array, start: number, end: number): boolean {
  out.reserve(end - start)
  const buffer = out.buffer
  let to = out.at
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte > 0x7e || byte === 34 || byte === 92) return false
    buffer[to++] = byte
  }
  out.at = to
  return true
}
