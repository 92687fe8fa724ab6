import { describe, expect, it } from 'vitest'
import type { JsonlExporter } from '../../../src/export/jsonl.js'
import { key, str } from './events.js'
import { type Line, values } from './jsonl-lines.js'

describe('modules', () => {
  it('say their name, version and size in the file', () => {
    const fill = (e: JsonlExporter): void => {
      key(e, 'm', 'module', () => {
        e.module('test___dt', 1)
        e.moduleInteger(0, 0)
        e.moduleInteger(-1, -1)
        e.moduleString(str('abc'))
        e.moduleDouble(1)
      })
    }
    expect(values(fill)).toEqual([{ module: 'test___dt', encver: 1, bytes: 10 + 2 + 10 + 5 + 9 }])
  })

  it('show RedisJSON documents, from text or from the old tree', () => {
    const [text, tree, broken] = values((e) => {
      key(e, 'text', 'module', () => {
        e.module('ReJSON-RL', 3)
        e.moduleString(str('{"a":1}'))
      })
      key(e, 'tree', 'module', () => {
        e.module('ReJSON-RL', 0)
        const [object, array, pair] = [32, 64, 128]
        const integers = (...numbers: number[]): void => {
          for (const n of numbers) e.moduleInteger(n < 0 ? -1 : 0, n)
        }
        integers(object!, 3, pair!)
        e.moduleString(str('list'))
        integers(array!, 4, 8, -5, 1, 4)
        e.moduleDouble(2.5)
        integers(array!, 0, pair!)
        e.moduleString(str('yes'))
        integers(16)
        e.moduleString(str('1'))
        integers(pair!)
        e.moduleString(str('s"'))
        integers(2)
        e.moduleString(str('t:'))
      })
      key(e, 'broken', 'module', () => {
        e.module('ReJSON-RL', 0)
        e.moduleInteger(0, 32)
        e.moduleInteger(0, 5)
      })
    }) as Line[]
    expect(text).toMatchObject({ content: '{"a":1}' })
    expect(JSON.parse(tree!.content as string)).toEqual({ list: [-5, null, 2.5, []], yes: true, 's"': 't:' })
    expect(broken).not.toHaveProperty('content')
  })

  it('show the elements of vector sets', () => {
    const [value] = values((e) => {
      key(e, 'v', 'module', () => {
        e.module('vectorset', 0)
        for (const n of [3, 2, 1 | (16 << 8), 2]) e.moduleInteger(0, n)
        for (const [name, attributes, links] of [
          ['a', '', 2],
          ['b', '{"x":1}', 0],
        ] as const) {
          e.moduleString(str(name))
          e.moduleString(str(attributes))
          e.moduleString(str(Uint8Array.of(1, 2, 3)))
          e.moduleInteger(0, links)
          for (let i = 0; i < links; i++) e.moduleInteger(0, i)
        }
      })
    }) as Line[]
    expect(value).toMatchObject({
      content: {
        dimensions: 3,
        quantization: 'q8',
        elements: [
          { element: 'a', vectorBase64: 'AQID' },
          { element: 'b', attributes: '{"x":1}', vectorBase64: 'AQID' },
        ],
      },
    })
  })
})
