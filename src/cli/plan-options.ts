import type { Argv } from 'yargs'
import type { Effort } from '../optimizations/optimization.js'
import { EFFORTS } from '../plan/efforts.js'
import type { PlanOptions } from '../plan/plan.js'
import { UsageError } from './environment.js'
import { single } from './options.js'

/** What of a plan can be said on the command line. */
export interface PlanArguments {
  readonly planEffort?: string | undefined
  readonly allowLossy?: boolean | undefined
  readonly pricePerGibMonth?: string | undefined
}

const GROUP = 'Plan:'
export const PRICE = single('Price of a GiB of memory per month, in any currency: what the plan saves', {
  group: GROUP,
})

export function planOptions<Arguments>(yargs: Argv<Arguments>): Argv<Arguments & PlanArguments> {
  return yargs.options({
    'plan-effort': {
      ...single('The most that may have to be changed: setting, client or data-model', { group: GROUP }),
      choices: EFFORTS,
      default: 'data-model',
    },
    'allow-lossy': {
      type: 'boolean',
      group: GROUP,
      describe: 'Plan also with techniques that lose something, such as hyperloglog',
    },
    'price-per-gib-month': PRICE,
  }) as unknown as Argv<Arguments & PlanArguments>
}

/** @param named techniques that were asked for by name: they may be taken, whatever is lost */
export function readPlan(args: PlanArguments, named: readonly string[] | undefined): PlanOptions {
  return {
    effort: (args.planEffort ?? 'data-model') as Effort,
    allowLossy: args.allowLossy === true ? ['all'] : (named ?? []),
    pricePerGibMonth: priceOf(args.pricePerGibMonth),
  }
}

function priceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const price = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || !Number.isFinite(price)) {
    throw new UsageError(`--price-per-gib-month ${text}: write a number, such as 12.50`)
  }
  return price
}
