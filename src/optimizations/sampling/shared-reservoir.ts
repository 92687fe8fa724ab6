import type { Technique, TechniqueContext } from '../optimization.js'
import { Reservoir } from './reservoir.js'

/** One sample of keys for all techniques that look at the whole data set. */
export class SharedReservoir {
  /** To be told of every key; null while nobody has asked for it. */
  run: Reservoir | null = null
  /** Why the sample cannot be trusted; null: it can. */
  failure: () => string | null = () => null

  /** @param share of what there would be time for that may be looked at: 1 for all, less where somebody waits */
  constructor(public share = 1) {}

  take(context: TechniqueContext): Reservoir {
    this.run ??= new Reservoir(context)
    return this.run
  }
}

/** Stands for the taking of samples where work is named after techniques. */
export const SAMPLING: Technique = {
  id: 'sampling',
  title: 'Take a sample of keys',
  why: 'Techniques that run codecs look at real values.',
  effort: 'setting',
  certainty: 'sampled',
  breaks: [],
  cpu: 'Some keys per pattern are copied.',
  steps: [],
  verify: [],
  rollback: [],
  parameters: [],
  start: (context) => new Reservoir(context),
}
