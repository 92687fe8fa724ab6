import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Measurement {
  readonly seconds: number
  /** Peak resident memory in bytes; 0 when it could not be read. */
  readonly peakRssBytes: number
  /** CPU time of all threads; 0 for programs that do not tell. */
  readonly cpuSeconds: number
}

const REPORT_USAGE = fileURLToPath(new URL('./report-usage.mjs', import.meta.url))
const POLL_MS = 5

/**
 * Runs a program with its output thrown away and measures it from outside. Programs run by this Node tell their
 * peak memory and CPU time themselves; of others /proc is read every few milliseconds (Linux).
 */
export function measure(command: string, args: readonly string[]): Promise<Measurement> {
  const isNode = command === process.execPath
  const allArgs = isNode ? ['--import', REPORT_USAGE, ...args] : args
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(command, allArgs, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
    let peakRssBytes = 0
    let cpuSeconds = 0
    let errors = ''
    let usage = ''
    child.stderr?.on('data', (chunk) => {
      errors = (errors + chunk).slice(-2000)
    })
    child.stdio[3]?.on('data', (chunk) => {
      usage += chunk
    })
    const timer = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, highWaterMark(child.pid))
      cpuSeconds = Math.max(cpuSeconds, cpuTime(child.pid))
    }, POLL_MS)
    let seconds = 0
    child.once('error', (error) => {
      clearInterval(timer)
      reject(error)
    })
    child.once('exit', () => {
      seconds = Number(process.hrtime.bigint() - started) / 1e9
      clearInterval(timer)
    })
    child.once('close', (code) => {
      if (code !== 0) {
        reject(new Error(`${[command, ...args].join(' ')} ended with ${code}: ${errors.trim()}`))
        return
      }
      const own = usage === '' ? null : (JSON.parse(usage) as { maxRssBytes: number; cpuSeconds: number })
      resolve({ seconds, peakRssBytes: own?.maxRssBytes ?? peakRssBytes, cpuSeconds: own?.cpuSeconds ?? cpuSeconds })
    })
  })
}

function highWaterMark(pid: number | undefined): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Clock ticks per second in /proc (USER_HZ of Linux on all common machines). */
const TICKS = 100

/** CPU time of a process so far, to the hundredth of a second. */
function cpuTime(pid: number | undefined): number {
  try {
    // The name in brackets may hold blanks; behind it utime and stime are the 12th and 13th field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return 0
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
