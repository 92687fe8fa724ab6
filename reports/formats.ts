import type { Reporter } from './reporter.js'

/** A format that is not loaded yet: the page for a browser alone is larger than all others together. */
export interface Format extends Pick<Reporter, 'id' | 'defaultTop'> {
  load(): Promise<Reporter>
}

/** The formats of `REPORTERS`, in its order, for those who load only what they write. */
export const FORMATS: readonly Format[] = [
  { id: 'text', load: async () => (await import('./text.js')).text },
  { id: 'json', load: async () => (await import('./json.js')).json },
  { id: 'md', load: async () => (await import('./markdown.js')).markdown },
  { id: 'html', defaultTop: 200, load: async () => (await import('./html.js')).html },
  { id: 'csv', load: async () => (await import('./csv.js')).csv },
  { id: 'prom', load: async () => (await import('./prometheus.js')).prometheus },
]

/** The format, ready to be written. */
export async function loaded(format: Format | Reporter): Promise<Reporter> {
  return 'load' in format ? format.load() : format
}
