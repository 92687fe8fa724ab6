import { shownText } from '../escape.js'

/** Text inside an element or a quoted attribute of XML; what XML cannot hold stands as `\xNN`. */
export function xmlText(text: string): string {
  return shownText(text.replaceAll('\n', ' ')).replace(
    /[&<>"']/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[sign]!,
  )
}
