import { modelById } from '../../src/memory/models/index.js'
import { createTarget, type Target, type TargetOptions } from '../../src/memory/target.js'

/** A server version with its default settings, for tests that need some target. */
export function targetById(id: string, options: TargetOptions = {}): Target {
  const model = modelById(id)
  if (model === undefined) throw new Error(`no target ${id}`)
  return createTarget(model, options)
}
