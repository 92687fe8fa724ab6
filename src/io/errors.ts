/** Why an input cannot be read at all. */
export type InputProblem =
  | 'missing'
  | 'no-match'
  | 'permission'
  | 'unreadable'
  | 'no-dumps'
  | 'terminal'
  | 'empty'
  | 'compressed'
  | 'damaged-compression'
  | 'decompression-bomb'
  | 'not-a-dump'
  | 'manifest'
  | 'replication'
  | 'many-databases'
  | 'output'

/** An input or output that cannot be used: what, where, and what to do next. */
export class InputError extends Error {
  override readonly name = 'InputError'

  constructor(
    readonly code: InputProblem,
    /** One sentence without a full stop at the end, the name of the input in it. */
    message: string,
    /** What the user can do, as whole sentences; may be empty. */
    readonly advice: string = '',
  ) {
    super(message)
  }
}

/** Turns what the operating system said about `path` into words. */
export function systemProblem(error: unknown, path: string, doing: 'read' | 'write' = 'read'): InputError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = error instanceof Error ? error.message : String(error)
  switch (code) {
    case 'ENOENT':
      return doing === 'read'
        ? new InputError(
            'missing',
            `${path} does not exist`,
            'Check the path; on a server, CONFIG GET dir says where dumps are.',
          )
        : new InputError('output', `${path} cannot be written: its folder does not exist`, 'Make the folder first.')
    case 'ENOTDIR':
      return new InputError(
        doing === 'read' ? 'missing' : 'output',
        `${path} cannot be ${doing === 'read' ? 'read' : 'written'}: a part of its path is a file`,
        'Check the path.',
      )
    case 'EROFS':
      return new InputError('output', `${path} is on a file system that is read-only`, 'Choose another place.')
    case 'EACCES':
    case 'EPERM':
      return new InputError(
        doing === 'read' ? 'permission' : 'output',
        `${path} may not be ${doing === 'read' ? 'read' : 'written'} by this user`,
        doing === 'read' ? `Copy it where you may read it, or: sudo cat ${path} | rdblens -` : 'Choose another place.',
      )
    case 'EISDIR':
      return new InputError(doing === 'read' ? 'unreadable' : 'output', `${path} is a directory`, 'Name a file in it.')
    case 'ENOSPC':
      return new InputError('output', `${path} cannot be written: no space left on the device`, 'Free some space.')
    default:
      return new InputError(
        doing === 'read' ? 'unreadable' : 'output',
        `${path} cannot be ${doing === 'read' ? 'read' : 'written'}: ${reason}`,
      )
  }
}
