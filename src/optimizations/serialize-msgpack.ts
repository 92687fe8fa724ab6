import { load as loadMsgpack } from './codecs/msgpack.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { parseJson } from './safe-json.js'
import type { ValueCoder } from './sampling/coders.js'
import { rewriteStep, writeCommand } from './sampling/commands.js'
import type { FamilySample } from './sampling/family-sample.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

/** Share of the values of a column that must be JSON. */
const LEAST_JSON = 0.5
const JUDGED_VALUES = 200

export const serializeMsgpack: Technique = {
  id: 'serialize-msgpack',
  title: 'Write JSON values as MessagePack',
  why: 'JSON spells out quotes, commas and digits; MessagePack says the same in fewer bytes, with the same names.',
  effort: 'client',
  certainty: 'sampled',
  rewrites: ['values'],
  behind: ['json-trim'],
  breaks: [
    'Values are no longer readable in redis-cli, and Lua scripts need cmsgpack.unpack instead of cjson.decode.',
    'All readers must know both forms before the first writer changes.',
    'JSON modules and JSON.GET style access do not understand it.',
  ],
  cpu: 'Packing and unpacking take about as long as JSON, in most languages less.',
  steps: [
    'Readers: unpack when the first byte is neither { nor [, else parse JSON',
    'Writers: SET <key> msgpack(value)',
    'Rewrite the rest in the background with SCAN, keeping the TTL: SET <key> <packed> KEEPTTL',
  ],
  verify: [
    'STRLEN <key> before and after',
    'MEMORY USAGE <key> before and after',
    'GET <key> unpacks to the same object',
  ],
  rollback: ['Rewrite the values as JSON: nothing is lost.'],
  parameters: [],
  start: (context) => new SerializeMsgpack(context),
}

class SerializeMsgpack extends SampledRun {
  readonly #coder = new MsgpackCoder()

  constructor(context: TechniqueContext) {
    super(context)
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    const coders = this.byColumn(sample, ({ values }) => {
      const judged = values.slice(0, JUDGED_VALUES)
      const packed = judged.filter((value) => this.#coder.encode(value) !== null).length
      return packed > 0 && packed >= LEAST_JSON * judged.length ? this.#coder : null
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: fields === null ? {} : { fields } }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    return {
      steps: [
        'Readers: unpack when the first byte is neither { nor [, else parse JSON',
        `Writers: ${writeCommand(this, results, 'msgpack(value)')}`,
        rewriteStep(this, results, 'msgpack(json.parse(value))'),
      ],
      assumptions: [
        'Names stay as they are. Values that are no JSON object or array stay as they are, also those with numbers that ' +
          'a double cannot hold.',
        'Numbers like 1.0 are packed as integers, as JavaScript does; Python and Java take 9 bytes for them.',
      ],
    }
  }
}

/** JSON objects and arrays as MessagePack. */
class MsgpackCoder implements ValueCoder {
  readonly #pack = loadMsgpack()

  encode(value: Uint8Array): Uint8Array | null {
    const parsed = parseJson(value)
    if (parsed === null) return null
    try {
      return this.#pack(parsed)
    } catch {
      // Nested too deeply.
      return null
    }
  }
}
