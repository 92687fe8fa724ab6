import { escapeHtml } from '../escape.js'
import { CLIENT_SCRIPT, CLIENT_SCRIPT_HASH, CLIENT_STYLE, CLIENT_STYLE_HASH } from './client.generated.js'

/**
 * Nothing may be loaded, sent or embedded; one script and one style, both known by hash. Markup made from
 * strings is refused by the browser itself (Trusted Types), so a key name cannot become an element even by
 * a mistake in the script.
 */
const POLICY = [
  "default-src 'none'",
  `script-src '${CLIENT_SCRIPT_HASH}'`,
  `style-src '${CLIENT_STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types default',
].join('; ')

export interface HtmlPage {
  /** Plain text: what the page is about; in the title of the window and above the headline. */
  readonly name: string
  /** Plain text: the answer in a sentence or two. */
  readonly headline: string
  /** Of rdblens. */
  readonly version: string
  /** `PageData`, encoded. */
  readonly data: string
}

/** A page that opens from a disk, without a network: head, headline, data, and the program that draws the rest. */
export function* htmlPage({ name, headline, version, data }: HtmlPage): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="rdblens ${escapeHtml(version)}">
<title>${escapeHtml(name)} - rdblens</title>
<style>`
  yield CLIENT_STYLE
  yield `</style>
</head>
<body>
<main id="page">
<header id="top"><p class="file">${escapeHtml(name)}</p>
<h1>${escapeHtml(headline)}</h1></header>
<noscript><p class="note">The tables and charts of this page are drawn by the script inside it. Allow it to run, or make the report with --format text, md or json.</p></noscript>
</main>
<script type="text/plain" id="data">`
  yield data
  yield '</script>\n<script>'
  yield CLIENT_SCRIPT
  yield '</script>\n</body>\n</html>\n'
}
