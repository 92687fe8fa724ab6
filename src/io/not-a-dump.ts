/** What is said of an input that is no dump, and what may be done about it. */
import type { RdbError, Recognised, ReplicationHead } from '../../parsers/index.js'
import { InputError } from './errors.js'
import type { Source } from './source.js'

/**
 * A file that was recognised as something else, or as nothing.
 *
 * @param around the compression that was taken off; null for none
 */
export function cannotRead(found: Recognised, source: Source, around: Recognised | null = null): InputError {
  const where = around === null ? '' : ` (inside the ${around.compression} data)`
  const message = `${source.name} ${found.sentence}${where}`
  switch (found.kind) {
    case 'empty':
      return new InputError(
        'empty',
        message,
        source.path === null ? 'The command before the pipe gave nothing: look at its messages.' : found.advice,
      )
    case 'aof-manifest':
      return new InputError(
        'manifest',
        message,
        'Pass the path of the manifest (a name that ends in .manifest), or the base file it names.',
      )
    default: {
      // Without the outer one of two compressions it can be read.
      const outer = found.compression === null ? found : (around ?? found)
      const advice = outer.advice.replaceAll('{}', shellWord(source.path ?? '-'))
      return new InputError(found.compression === null ? 'not-a-dump' : 'compressed', message, advice)
    }
  }
}

/** A path as it can be pasted into a shell. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** True when the parser says that its input is no dump, rather than a damaged one. */
export function isNoDump(error: RdbError): boolean {
  return error.code === 'bad-header' || error.code === 'not-an-rdb'
}

/** A file that begins like a dump. */
export function notADump(name: string, error: RdbError): InputError {
  return new InputError('not-a-dump', `${name} is not a dump that can be read: ${error.message}`, 'Copy it again.')
}

export function streamWithoutDump(name: string, head: ReplicationHead): InputError {
  const reason = head.problem ?? 'it ends before the master sends an RDB'
  return new InputError(
    'replication',
    `${name} is a replication stream without a dump: ${reason}`,
    'Capture a full sync (PSYNC ? -1), or let redis-cli do it: redis-cli --rdb dump.rdb',
  )
}
