import { join } from 'node:path'
import type { RenderOptions } from '../../reports/reporter.js'
import { fileOutput, makeFolder, writeAll } from '../io/output.js'
import { columnsOf, type Environment, wantsColor } from './environment.js'
import type { CsvArguments } from './options.js'
import { type Destination, openOutput } from './outputs.js'

/** A format of finished reports; see `Reporter`. */
interface ReportFormat<Report> {
  render(report: Report, options: RenderOptions): Iterable<string>
  files?(
    report: Report,
    options: RenderOptions,
  ): Iterable<{ readonly name: string; readonly render: () => Iterable<string> }>
}

/** How the tables are written. */
export function csvOf({ delimiter, csvRaw, csvBom }: CsvArguments): RenderOptions {
  return { raw: csvRaw === true, bom: csvBom === true, ...(delimiter === undefined ? {} : { delimiter }) }
}

/** Writes a report where it was asked for: to standard output, a file, or a folder of files. */
export async function writeReport<Report>(
  format: ReportFormat<Report>,
  report: Report,
  { path }: Destination,
  page: RenderOptions,
  noColor: boolean,
  environment: Environment,
): Promise<void> {
  const { stdout, env } = environment
  const options: RenderOptions = {
    ...page,
    width: path === null ? columnsOf(stdout) : 80,
    colors: path === null && wantsColor(stdout, env, noColor),
  }
  // Who says `-o report.csv` means a file, and gets what standard output shows.
  if (path === null || format.files === undefined || /\.csv$/i.test(path)) {
    await writeAll(await openOutput(path, environment), format.render(report, options))
    return
  }
  await makeFolder(path)
  for (const file of format.files(report, options))
    await writeAll(await fileOutput(join(path, file.name)), file.render())
}
