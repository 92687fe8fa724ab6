import { DigestThread } from '../pipeline/digests.js'

/**
 * Starts with SHA-256 and checksum of the dump before the command is loaded: where values are large, a report waits for
 * them. Looks at arguments as they are; what it takes for the dump by mistake is added up for nothing.
 */
export async function startAhead(argv: readonly string[]): Promise<void> {
  if (
    argv.some((argument, index) => argument === '--threads=1' || (argument === '1' && argv[index - 1] === '--threads'))
  )
    return
  const paths = argv[0] === 'analyze' ? argv.slice(1) : argv
  for (const [index, path] of paths.entries()) {
    if (path.startsWith('-')) continue
    // A word in front that is no file is another command, which has no use for it.
    if ((await DigestThread.startAhead(path)) || (index === 0 && paths === argv)) return
  }
}
