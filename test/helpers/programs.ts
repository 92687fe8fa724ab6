import { describe } from 'vitest'

/** A program beside Node.js that some tests need. */
export interface Program {
  readonly title: string
  readonly isThere: boolean
  /** Set to 1, as in .ci/run: tests fail where the program is missing. */
  readonly requiredBy: `RDBLENS_REQUIRE_${string}`
  /** How to get it on Debian and Ubuntu. */
  readonly install: string
}

/** Tests that need a program. Where it is missing they are left out, and the output of the run says which and why. */
export function describeWith(program: Program, name: string, tests: () => void): void {
  const { title, isThere, requiredBy, install } = program
  const runs = isThere || process.env[requiredBy] === '1'
  if (!runs) console.warn(`Left out, as ${title} is missing (${install}): ${name}. ${requiredBy}=1 makes them fail.`)
  describe.runIf(runs)(name, tests)
}
