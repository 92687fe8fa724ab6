import { describe, expect, it } from 'vitest'
import type { JsonlExporter } from '../../../src/export/jsonl.js'
import { id, key, str } from './events.js'
import { type Line, values } from './jsonl-lines.js'

describe('streams', () => {
  const fill = (e: JsonlExporter): void => {
    key(e, 's', 'stream', () => {
      e.streamNode(id(1))
      e.streamEntry(id(1795221689253, 1), 2)
      e.field(str('a'), str('1'), -1)
      e.field(str('b'), str('2'), -1)
      e.streamEntry(id(1795221689254), 0)
      const [lastId, firstId, maxDeletedId] = [id(9), id(1), id(0)]
      e.streamInfo({ length: 2, lastId, firstId, maxDeletedId, entriesAdded: 5, groups: 2 })
      e.streamGroup({ name: str('g'), lastId: id(8), entriesRead: -1, pending: 3 })
      e.streamPending(id(5), 1000, 1)
      e.streamPending(id(6), 1001, 2)
      e.streamPending(id(7), 0, 0)
      e.streamConsumer({ name: str('c1'), seenTimeMs: 11, activeTimeMs: -1, pending: 1 })
      e.streamConsumerPending(id(6))
      e.streamConsumer({ name: str('c2'), seenTimeMs: 12, activeTimeMs: 13, pending: 1 })
      e.streamConsumerPending(id(5))
      e.streamNacked(id(7))
      e.streamGroup({ name: str(Uint8Array.of(0xff)), lastId: id(0), entriesRead: 4, pending: 0 })
    })
  }

  it('come with entries, facts, groups, pending entries and consumers', () => {
    expect(values(fill)).toEqual([
      {
        entries: [
          ['1795221689253-1', ['a', '1', 'b', '2']],
          ['1795221689254-0', []],
        ],
        length: 2,
        lastId: '9-0',
        firstId: '1-0',
        maxDeletedId: '0-0',
        entriesAdded: 5,
        groups: [
          {
            name: 'g',
            lastId: '8-0',
            entriesRead: null,
            pending: [
              ['5-0', 'c2', 1000, 1],
              ['6-0', 'c1', 1001, 2],
              ['7-0', null, 0, 0],
            ],
            consumers: [
              { name: 'c1', seenTimeMs: 11, activeTimeMs: -1 },
              { name: 'c2', seenTimeMs: 12, activeTimeMs: 13 },
            ],
          },
          { name: { base64: '/w==' }, lastId: '0-0', entriesRead: 4, pending: [], consumers: [] },
        ],
      },
    ])
  })

  it('of old layouts say null for what they do not have, and new ones name their producers', () => {
    const [old, producing] = values((e) => {
      key(e, 'old', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 0 })
        e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: null, pending: 0 })
        e.streamConsumer({ name: str('c'), seenTimeMs: 1, activeTimeMs: null, pending: 0 })
      })
      key(e, 'new', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: id(0), maxDeletedId: id(0), entriesAdded: 0, groups: 0 })
        e.streamProducer(str('p1'), 1)
        e.streamProducerEntry(str('i1'), id(3))
        e.streamProducer(str('p2'), 0)
      })
    }) as Line[]
    expect(old).toMatchObject({
      firstId: null,
      maxDeletedId: null,
      entriesAdded: null,
      groups: [{ entriesRead: null, consumers: [{ name: 'c', seenTimeMs: 1, activeTimeMs: null }] }],
    })
    expect(producing).toMatchObject({
      groups: [],
      producers: [
        { name: 'p1', entries: [['i1', '3-0']] },
        { name: 'p2', entries: [] },
      ],
    })
  })

  it('find the consumer of pending entries that are out of order', () => {
    const [stream] = values((e) => {
      key(e, 's', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 1 })
        e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: null, pending: 200 })
        for (let i = 0; i < 200; i++) e.streamPending(id((i * 77) % 200, i), i, 1)
        e.streamConsumer({ name: str('c'), seenTimeMs: 1, activeTimeMs: null, pending: 200 })
        for (let i = 0; i < 200; i++) e.streamConsumerPending(id((i * 77) % 200, i))
        e.streamConsumerPending(id(999))
      })
    }) as { groups: { pending: [string, string][] }[] }[]
    expect(stream!.groups[0]!.pending.every(([, consumer]) => consumer === 'c')).toBe(true)
    expect(stream!.groups[0]!.pending).toHaveLength(200)
  })
})
