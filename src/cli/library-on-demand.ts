import { FORMATS } from '../../reports/formats.js'
import { targetIds, targets } from '../memory/models/index.js'
import type { Library } from './library.js'

/**
 * The library in parts that are loaded when a command asks for them: loading all of it takes longer than the report on
 * a small dump.
 *
 * @param atExit takes what is to be done before the process ends, however it does
 */
export function libraryOnDemand(atExit: (action: () => void) => void): Library {
  return {
    analyze: async (...asked) => (await import('../analyze.js')).analyze(...asked),
    compareFiles: async (...asked) => (await import('../compare/run.js')).compareFiles(...asked),
    saveProfile: async (...asked) => (await import('../profile/file.js')).saveProfile(...asked),
    streamKeys: async (...asked) => (await import('../keys.js')).streamKeys(...asked),
    exportDump: async (...asked) => (await import('../export-dump.js')).exportDump(...asked),
    checkDump: async (...asked) => (await import('../check.js')).checkDump(...asked),
    explainKey: async (...asked) => (await import('../explain.js')).explainKey(...asked),
    simulate: async (...asked) => (await import('../simulate.js')).simulate(...asked),
    rewriteDump: async (...asked) => (await import('../rewrite.js')).rewriteDump(...asked),
    prove: async (...asked) => {
      atExit((await import('../prove/scratch-server.js')).killScratchServers)
      return (await import('../prove/prove.js')).prove(...asked)
    },
    targets,
    targetIds,
    reporters: FORMATS,
  }
}
