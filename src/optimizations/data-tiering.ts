import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { Costs } from '../memory/costs.js'
import { plainGroups } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'

const DAY_SECONDS = 86_400
/** Of a key that nobody uses: the counter of a new key is 5 and loses one per lfu-decay-time minutes. */
const COLD_COUNTER = 0

export const dataTiering: Technique = {
  id: 'data-tiering',
  title: 'Let values that nobody touches live on SSD',
  why: 'Where a fifth of the data serves most requests, the rest need not be in memory: nodes with data tiering keep names in memory and move cold values out.',
  effort: 'upgrade',
  certainty: 'modelled',
  breaks: [
    'Needs a service or build that has it (data tiering of ElastiCache and MemoryDB, Auto Tiering of Redis Enterprise, Redis on Flash); none of the open source servers does.',
    'The first access to a cold value takes some hundred microseconds longer.',
    'Names and small values stay in memory, so that many small keys gain nothing.',
  ],
  cpu: 'Reads of cold values wait for the SSD; scans of the whole keyspace (SCAN with GET, exports) warm up everything.',
  steps: [
    'Measure: CONFIG SET maxmemory-policy allkeys-lru (or an lfu policy), some days later rdblens analyze of a new dump',
    'Choose nodes with data tiering for shards of which less than a fifth is in use; move one replica first',
  ],
  verify: [
    'Hits on SSD in the metrics of the service (BytesReadFromDisk of ElastiCache)',
    'Latency of the slowest 1 %',
  ],
  rollback: ['Move back to nodes that hold everything in memory: no data changes.'],
  parameters: [
    { name: 'days', kind: 'number', least: 1, preset: 7, describe: 'cold: not touched for so many days (LRU)' },
    {
      name: 'counter',
      kind: 'number',
      most: 255,
      preset: COLD_COUNTER,
      describe: 'cold: access counter at most this (LFU)',
    },
    { name: 'minBytes', kind: 'number', least: 1, preset: 64, describe: 'smaller values stay in memory' },
  ],
  start: (context) => new DataTiering(context),
}

class DataTiering extends TechniqueRun {
  readonly #groups = plainGroups(this.context.names)
  readonly #costs: Costs
  readonly #coldSeconds: number
  readonly #coldCounter: number
  readonly #least: number
  #timed = 0
  #counted = 0
  #ramBytes = 0
  #coldBytes = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#costs = new Costs(context.target)
    this.#coldSeconds = context.parameters.number('days')! * DAY_SECONDS
    this.#coldCounter = context.parameters.number('counter')!
    this.#least = context.parameters.number('minBytes')!
  }

  override begin(): boolean {
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const ramBytes = batch.ramBytes[row]!
    const idle = batch.idleSeconds[row]!
    const counter = batch.freq[row]!
    this.#ramBytes += ramBytes
    if (idle >= 0) this.#timed++
    if (counter >= 0) this.#counted++
    const isCold = idle >= 0 ? idle >= this.#coldSeconds : counter >= 0 && counter <= this.#coldCounter
    if (!isCold) return
    this.#coldBytes += ramBytes
    const holder = this.#costs.keyGiven(key.key.length, key.expiresAtMs >= 0 ? 1 : 0)
    if (ramBytes - holder < this.#least) return
    this.#groups.of(key, batch, row).resized(batch, row, holder)
  }

  override outcome(): Outcome {
    if (this.#timed === 0 && this.#counted === 0) {
      return {
        groups: [],
        assumptions: [
          'Not known: this dump says nothing about when its keys were used. Set maxmemory (above what is used) and ' +
            'maxmemory-policy allkeys-lru or allkeys-lfu, wait for some days, and take a new dump.',
        ],
      }
    }
    const { context } = this
    const cold =
      this.#timed > 0
        ? `not touched for ${context.parameters.number('days')} days`
        : `access counter at most ${this.#coldCounter} (a counter tells how often, not when)`
    const groups = context.parameters.has('match') ? this.#groups.all : usefulGroups(this.#groups.all)
    return {
      groups,
      parameters: {
        measuredBy: this.#timed > 0 ? 'idle time' : 'access counter',
        coldBytes: this.#coldBytes,
        coldShare: this.#ramBytes === 0 ? 0 : this.#coldBytes / this.#ramBytes,
      },
      assumptions: [
        `Cold: ${cold}. What is saved is not gone: it is on SSD.`,
        'Idle times start anew with each restart of a server, and a full scan that reads values touches every key.',
      ],
    }
  }
}
