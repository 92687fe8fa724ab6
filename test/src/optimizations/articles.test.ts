import { expect, it } from 'vitest'
import { articleSteps, predictStep } from '../../../scripts/articles.js'
import { measureCommands, measureDump, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'

const LARGE_KEYS = 20_000
const SMALL_KEYS = 5000

/** What docs/articles.md shows, with fewer keys. */
describeWithRedis('examples of articles, predicted and measured', () => {
  for (const step of articleSteps) {
    it(step.name, async () => {
      const keys = step.isLarge ? LARGE_KEYS : SMALL_KEYS
      await withDump(step.before(keys), async (path) => {
        const predicted = await predictStep(path, step, keys)
        const before = await measureDump(path)
        const after = await measureCommands(step.after(keys))
        expect(Math.abs(predicted.before / before - 1)).toBeLessThan(0.002)
        expect(Math.abs(predicted.after / after - 1)).toBeLessThan(0.005)
      })
    })
  }
})
