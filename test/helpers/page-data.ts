import lzString from 'lz-string'
import type { PageData } from '../../reports/html/page-data.js'

/** What a page carries for its program. */
export function pageDataOf<Page extends PageData>(page: string): Page {
  const text = /<script type="text\/plain" id="data">([\w+/=]*)<\/script>/.exec(page)![1]!
  return JSON.parse(lzString.decompressFromBase64(text)) as Page
}
