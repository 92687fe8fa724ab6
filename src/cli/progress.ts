import type { SingleBar } from 'cli-progress'
import { shownText } from '../../reports/escape.js'
import { formatBytes, formatCount, formatDuration } from '../../reports/format.js'
import { cutMiddle, displayWidth, headOf } from '../../reports/width.js'
import { columnsOf, type Environment, type Terminal } from './environment.js'
import type { ReadProgress } from './library.js'

/** Shorter runs show no bar: it would only flicker. */
const APPEARS_AFTER_MS = 500

/**
 * One line on standard error while a dump is read: bytes, rate, keys, time left. It appears on a terminal only,
 * after half a second, and is gone when the work is done.
 */
export class Progress {
  readonly #stream: Terminal
  readonly #enabled: boolean
  readonly #startedMs = performance.now()
  #bar: SingleBar | null = null
  /** Loaded when a run is long enough for a bar. */
  #library: typeof import('cli-progress') | null = null
  #asked = false
  #file = -1
  #fileStartedMs = 0

  /** As the options ask for it. */
  static of(
    { quiet, noProgress }: { readonly quiet?: boolean | undefined; readonly noProgress?: boolean | undefined },
    { stderr }: Environment,
  ): Progress {
    return new Progress(stderr, quiet !== true && noProgress !== true)
  }

  constructor(stream: Terminal, wanted: boolean) {
    this.#stream = stream
    this.#enabled = wanted && stream.isTTY === true
  }

  update(progress: ReadProgress): void {
    if (!this.#enabled) return
    const now = performance.now()
    if (progress.file !== this.#file) {
      this.#file = progress.file
      this.#fileStartedMs = now
    }
    if (now - this.#startedMs < APPEARS_AFTER_MS) return
    if (this.#library === null) {
      void this.#load()
      return
    }
    const text = progressText(progress, (now - this.#fileStartedMs) / 1000, columnsOf(this.#stream) - 1)
    if (this.#bar === null) this.#bar = this.#start(this.#library, text)
    else this.#bar.update(0, { text })
  }

  /** Takes the line away. */
  stop(): void {
    this.#bar?.stop()
    this.#bar = null
  }

  async #load(): Promise<void> {
    if (this.#asked) return
    this.#asked = true
    // The whole of it: its names are only there where it has not been put together with the command.
    this.#library = (await import('cli-progress')).default
  }

  #start({ Presets, SingleBar }: typeof import('cli-progress'), text: string): SingleBar {
    const bar = new SingleBar(
      {
        format: (_options, _params, payload: { readonly text?: string }) => payload.text ?? '',
        stream: this.#stream,
        clearOnComplete: true,
        hideCursor: true,
        fps: 10,
        // Signals and the cursor are looked after by who runs the commands.
        gracefulExit: false,
      },
      Presets.legacy,
    )
    bar.start(1, 0, { text })
    return bar
  }
}

/** Columns that a name gets before other facts stand back. */
const NAME_COLUMNS = 16

/**
 * `reading dump.rdb  612 MiB / 1.4 GiB  43 %  410 MiB/s  2.1 M keys  2 s left`; where that is too wide, without the
 * rate, then without the keys.
 */
export function progressText(progress: ReadProgress, seconds: number, width: number): string {
  const { bytesRead, totalBytes } = progress
  const rate = seconds > 0 ? bytesRead / seconds : 0
  const share =
    totalBytes === null || totalBytes === 0
      ? [formatBytes(bytesRead)]
      : [
          `${formatBytes(bytesRead)} / ${formatBytes(totalBytes)}`,
          `${Math.min(100, Math.floor((bytesRead / totalBytes) * 100))} %`,
        ]
  const left =
    totalBytes !== null && rate > 0 && bytesRead < totalBytes
      ? [`${formatDuration(((totalBytes - bytesRead) / rate) * 1000)} left`]
      : []
  const keys = `${countText(progress.keys)} keys`
  const choices = [
    [...share, `${formatBytes(rate)}/s`, keys, ...left],
    [...share, keys, ...left],
    [...share, ...left],
  ]
  const place = progress.files > 1 ? ` (${progress.file + 1} of ${progress.files})` : ''
  const shownName = shownText(progress.name)
  const roomBeside = (parts: readonly string[]): number =>
    width - parts.join('  ').length - place.length - 'reading   '.length
  const fits = (parts: readonly string[]): boolean =>
    roomBeside(parts) >= Math.min(NAME_COLUMNS, displayWidth(shownName))
  const parts = choices.find(fits) ?? share
  const name = cutMiddle(shownName, Math.max(8, roomBeside(parts)))
  return headOf(`reading ${name}${place}  ${parts.join('  ')}`, width)
}

/** `512`, `2.1 M`. */
function countText(count: number): string {
  if (count < 1e6) return formatCount(count)
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} M` : `${(count / 1e9).toFixed(2)} G`
}
