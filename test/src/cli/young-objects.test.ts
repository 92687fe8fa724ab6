import { execFileSync } from 'node:child_process'
import { type BuildOptions, buildSync } from 'esbuild'
import { describe, expect, it } from 'vitest'

const MIB = 2 ** 20
/** Node 20 to 24 stay at 4 to 8 when asked to, and go to 32 otherwise; Node 26 stays at 14 by itself. */
const SMALL_MIB = 16

// Not through tsx, whose loading takes room.
function built(options: BuildOptions): string {
  const { outputFiles } = buildSync({ ...options, bundle: true, platform: 'node', write: false, logLevel: 'error' })
  return outputFiles![0]!.text
}

/** What a thread does that is started in the way of the command: loads the file, then says that it is there. */
const thread = `
  ${built({ entryPoints: ['src/pipeline/thread-heap.ts'], format: 'cjs' })}
  const { workerData } = require('node:worker_threads')
  Atomics.store(workerData, 0, 1)
  Atomics.notify(workerData, 0)
`

/** Room for young objects, in MiB, after `steps`, which may allocate much and keep it for a while. */
function roomAfter(steps: string): number {
  const contents = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { Worker } from 'node:worker_threads'
    import { keepYoungSmall, letYoungGrow } from './src/cli/young-objects.ts'
    const kept = []
    function allocate() {
      for (let i = 0; i < 20_000; i++) kept.push({ i, text: [kept.length, i] })
    }
    ${steps}
    const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    console.log(space_size, kept.length)
  `
  const script = built({ stdin: { contents, resolveDir: '.' }, format: 'esm' })
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  return Number.parseInt(output, 10) / MIB
}

const WITH_PAUSES = `for (let round = 0; round < 40; round++) {
  allocate()
  await new Promise((resolve) => setTimeout(resolve, 1))
}`

/** Another heap is made, in which V8 sets its switch back, and this thread never gets to its timers. */
const BESIDE_A_THREAD = `
  const isThere = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [], workerData: isThere })
  Atomics.wait(isThere, 0, 0, 10_000)
  for (let round = 0; round < 40; round++) allocate()
  await worker.terminate()
`

describe('room for young objects', () => {
  it('stays as small as a few MiB', () => {
    expect(roomAfter(`keepYoungSmall(); ${WITH_PAUSES}`)).toBeLessThanOrEqual(SMALL_MIB)
  })

  it('stays so where a thread is started and the main thread is busy', () => {
    expect(roomAfter(`keepYoungSmall(); ${BESIDE_A_THREAD}`)).toBeLessThanOrEqual(SMALL_MIB)
  })

  it('is up to V8 where there is enough memory', () => {
    expect(roomAfter(`keepYoungSmall(); letYoungGrow(); ${WITH_PAUSES}`)).toBeGreaterThan(8)
    expect(roomAfter(`keepYoungSmall(); letYoungGrow(); ${BESIDE_A_THREAD}`)).toBeGreaterThan(8)
  })

  it('is up to V8 for who uses the library', () => {
    expect(roomAfter(BESIDE_A_THREAD)).toBeGreaterThan(8)
  })
})
