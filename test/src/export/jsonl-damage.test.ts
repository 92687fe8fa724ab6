import { describe, expect, it } from 'vitest'
import { PART, RdbError } from '../../../parsers/index.js'
import { JsonlExporter } from '../../../src/export/jsonl.js'
import { id, key, parts, str } from './events.js'
import { type Line, textOf } from './jsonl-lines.js'

describe('a dump that ends early or is damaged', () => {
  const damage = new RdbError({ code: 'bad-value', what: 'it is "broken"' }, { offset: 5 })

  it.each(['string', 'list', 'hash', 'zset', 'stream', 'module', 'array'] as const)('keeps a %s valid JSON', (type) => {
    const steps: ((e: JsonlExporter) => void)[] = {
      string: [(e: JsonlExporter) => parts(e, PART.value, Buffer.from('abcd'), 1)],
      list: [
        (e: JsonlExporter) => e.element(str('a'), -1),
        (e: JsonlExporter) => parts(e, PART.element, Buffer.from('ab'), 1),
      ],
      hash: [
        (e: JsonlExporter) => e.field(str('a'), str('b'), -1),
        (e: JsonlExporter) => parts(e, PART.field, Buffer.from('ab'), 1),
      ],
      zset: [
        (e: JsonlExporter) => e.member(str('a'), 1, null),
        (e: JsonlExporter) => parts(e, PART.member, Buffer.from('ab'), 1),
      ],
      stream: [
        (e: JsonlExporter) => e.streamEntry(id(1), 1),
        (e: JsonlExporter) => e.field(str('a'), str('b'), -1),
        (e: JsonlExporter) =>
          e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 1 }),
        (e: JsonlExporter) => e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: 1, pending: 0 }),
      ],
      module: [
        (e: JsonlExporter) => e.module('vectorset', 0),
        (e: JsonlExporter) => {
          for (const n of [1, 2, 0, 0]) e.moduleInteger(0, n)
        },
        (e: JsonlExporter) => e.moduleString(str('a')),
      ],
      array: [(e: JsonlExporter) => e.arrayElement(0, 1, str('a'))],
    }[type]
    for (let count = 0; count <= steps.length; count++) {
      for (const array of [false, true]) {
        const text = textOf(
          (e) => {
            key(e, 'first', 'string', () => e.string(str('1')))
            const value = (): void => {
              for (const step of steps.slice(0, count)) step(e)
            }
            key(e, 'k', type, value, { damage })
            key(e, 'next', 'string', () => e.string(str('1')))
          },
          { array },
        )
        const keys: Line[] = array
          ? JSON.parse(text)
          : text
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line))
        expect(keys.map((line) => line.key)).toEqual(['first', 'k', 'next'])
        expect(keys[1]!.damage).toContain('"broken"')
      }
    }
  })

  it('keeps what came before the end', () => {
    const exporter = new JsonlExporter()
    exporter.key({
      ...{ db: 0, key: str('k'), expiresAtMs: -1, idleSeconds: -1, freq: -1, offset: 0, announcedSlot: -1 },
      ...{ rdbBytes: 0, elements: 2, damage: null, layout: { typeId: 1, name: 'list', redisType: 'list' } },
    })
    exporter.element(str('whole'), -1)
    parts(exporter, PART.element, Buffer.from('half of'), 3)
    const [line] = Buffer.concat(exporter.finish(new Error('the data ends too early')))
      .toString()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(line).toMatchObject({ value: ['whole', 'half of'], damage: 'the data ends too early' })
  })

  it('goes on with the next dump', () => {
    const exporter = new JsonlExporter()
    key(exporter, 'first', 'string', () => exporter.string(str('1')))
    exporter.key({
      ...{ db: 0, key: str('cut'), expiresAtMs: -1, idleSeconds: -1, freq: -1, offset: 0, announcedSlot: -1 },
      ...{ rdbBytes: 0, elements: 2, damage: null, layout: { typeId: 1, name: 'hash', redisType: 'hash' } },
    })
    parts(exporter, PART.field, Buffer.from('half of'), 3)
    exporter.beginDump()
    key(exporter, 'next', 'hash', () => exporter.field(str('f'), str('v'), -1))
    const keys = Buffer.concat(exporter.finish())
      .toString()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(keys.map((line) => line.value)).toEqual(['1', [['half of']], [['f', 'v']]])
  })
})
