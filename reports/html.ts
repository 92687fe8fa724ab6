import { escapeHtml, shownText, visibleName } from './escape.js'
import { CLIENT_SCRIPT, CLIENT_SCRIPT_HASH, CLIENT_STYLE, CLIENT_STYLE_HASH } from './html/client.generated.js'
import { encodeData } from './html/data.js'
import type { AnalysisReport } from './report.js'
import type { Reporter } from './reporter.js'
import { filteredSentence, keepUnits, summarySentences } from './wording.js'

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

/** The report as one page that opens from a disk, without a network, and can be sent to a colleague. */
export const html: Reporter = {
  id: 'html',
  title: 'One self-contained page for a browser',
  extension: '.html',
  defaultTop: 200,

  *render(report: AnalysisReport): Iterable<string> {
    const name = titleOf(report)
    yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="rdblens ${escapeHtml(report.generator.version)}">
<title>${escapeHtml(name)} - rdblens</title>
<style>`
    yield CLIENT_STYLE
    yield `</style>
</head>
<body>
<main id="page">
<header id="top"><p class="file">${escapeHtml(name)}</p>
<h1>${escapeHtml(keepUnits([...summarySentences(report), filteredSentence(report) ?? ''].join(' ').trimEnd()))}</h1></header>
<noscript><p class="note">The tables and charts of this page are drawn by the script inside it. Allow it to run, or make the report with --format text, md or json.</p></noscript>
</main>
<script type="text/plain" id="data">`
    yield encodeData(report)
    yield '</script>\n<script>'
    yield CLIENT_SCRIPT
    yield '</script>\n</body>\n</html>\n'
  },
}

function titleOf(report: AnalysisReport): string {
  const [first, ...others] = report.provenance.files
  if (first === undefined) return 'no dump'
  const name = first.path === '-' ? 'standard input' : visibleName(shownText(first.path))
  return others.length === 0 ? name : `${name} and ${others.length} more`
}
