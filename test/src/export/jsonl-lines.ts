import { expect } from 'vitest'
import { type JsonExportOptions, JsonlExporter } from '../../../src/export/jsonl.js'

/** One key as `export --format jsonl` writes it. */
export type Line = { [name: string]: unknown }

/** All that the exporter writes for these events. */
export function textOf(fill: (exporter: JsonlExporter) => void, options: JsonExportOptions = {}): string {
  const exporter = new JsonlExporter(options)
  fill(exporter)
  return Buffer.concat([...exporter.take(), ...exporter.finish()]).toString()
}

/** The same, parsed. */
export function lines(fill: (exporter: JsonlExporter) => void, options: JsonExportOptions = {}): Line[] {
  const text = textOf(fill, options)
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** Just the values of the keys. */
export const values = (fill: (exporter: JsonlExporter) => void, options?: JsonExportOptions): unknown[] =>
  lines(fill, options).map((line) => line.value)

export const b64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')
