import { describe, expect, it } from 'vitest'
import { HASH_SLOTS } from '../../../src/analysis/hash-slot.js'
import { NodesFileError, parseSlotOwners, type SlotOwners } from '../../../src/analysis/slot-owners.js'
import { Slots } from '../../../src/analysis/slots.js'
import { batchOf } from '../../helpers/batches.js'

const ID = (digit: string): string => digit.repeat(40)

/** As Redis 7.0.15 writes it, with a slot on the move, a replica, and a node that owns nothing. */
const NODES_CONF = `${ID('a')} 10.0.0.1:6379@16379,host-a master - 0 1700000000000 1 connected 0-8191 8193
${ID('b')} 10.0.0.2:6379@16379 myself,master - 0 0 2 connected 8192 8194-16383 [8200->-${ID('a')}]
${ID('c')} 10.0.0.3:6379@16379 slave ${ID('a')} 0 1700000000000 1 connected
${ID('d')} :0@0 master,noaddr - 1 1 0 disconnected
vars currentEpoch 2 lastVoteEpoch 0
`
// What redis-cli 7.0.15 --json printed, with addresses filled in.
const SLOTS = JSON.stringify([
  [0, 8191, ['10.0.0.1', 6379, ID('a'), {}], ['10.0.0.3', 6379, ID('c'), {}]],
  [8193, 8193, ['10.0.0.1', 6379, ID('a'), {}]],
  [8192, 8192, ['10.0.0.2', 6379, ID('b'), {}]],
  [8194, 16383, ['10.0.0.2', 6379, ID('b'), {}]],
])
const node = (digit: string, ip: string, role: string) => ({
  ...{ id: ID(digit), port: 6379, ip, endpoint: ip, role, 'replication-offset': 0, health: 'online' },
})
const SHARDS = [
  { slots: [0, 8191, 8193, 8193], nodes: [node('c', '10.0.0.3', 'replica'), node('a', '10.0.0.1', 'master')] },
  { slots: [8192, 8192, 8194, 16383], nodes: [node('b', '10.0.0.2', 'master')] },
  { slots: [], nodes: [node('d', '', 'master')] },
]
/** RESP2 has no maps: names and values in turn. */
const flat = (value: object): unknown[] => Object.entries(value).flat()
const SHARDS_2 = SHARDS.map(({ slots, nodes }) => ['slots', slots, 'nodes', nodes.map(flat)])

function ownerNames({ nodes, ownerOf }: SlotOwners): readonly (string | undefined)[] {
  return [0, 8191, 8192, 8193, 8200, 16383].map((slot) => nodes[ownerOf[slot]!]?.node)
}

describe('owners of slots', () => {
  it.each([
    ['nodes.conf', NODES_CONF],
    ['CLUSTER NODES with Windows line ends', NODES_CONF.replaceAll('\n', '\r\n')],
    ['CLUSTER NODES as JSON', JSON.stringify(NODES_CONF)],
    ['CLUSTER SLOTS', SLOTS],
    ['CLUSTER SHARDS', JSON.stringify(SHARDS)],
    ['CLUSTER SHARDS in RESP2', JSON.stringify(SHARDS_2)],
  ])('are read from %s', (_name, text) => {
    const owners = parseSlotOwners(text)
    const [a, b] = ['10.0.0.1:6379', '10.0.0.2:6379']
    expect(ownerNames(owners)).toEqual([a, a, b, a, b, b])
    expect(owners.nodes.map(({ id }) => id).sort()).toEqual([ID('a'), ID('b')])
  })

  it.each([
    ['', 'no node in it owns a slot'],
    ['dump.rdb', 'no node in it owns a slot'],
    ['{"a":', 'begins like JSON'],
    ['{"slots":[]}', 'is no list'],
    ['[[0,5,["h",1,"x"]],[5,9,["i",1,"y"]]]', 'slot 5 has two owners'],
    ['[[0,16384,["h",1,"x"]]]', 'is no range'],
    ['[[9,5,["h",1,"x"]]]', 'is no range'],
    ['[[0,5]]', 'names no node'],
    ['[7]', 'an entry is none of'],
    ['[{"slots":[0,5],"nodes":[]}]', 'without nodes'],
    [`${ID('a')} h:1@2 master - 0 0 1 connected 5-x`, '5-x is no slot'],
  ])('say what is wrong: %j', (text, message) => {
    expect(() => parseSlotOwners(text, 'nodes.conf')).toThrow(NodesFileError)
    expect(() => parseSlotOwners(text, 'nodes.conf')).toThrow(message)
  })

  it('have rows that add up, and one for slots that nobody owns', () => {
    const owners = parseSlotOwners(`[[0,9999,["a",1,"${ID('a')}"]],[10000,11999,["b",1,"${ID('b')}"]]]`)
    const slots = new Slots({ owners, shards: [2, 7] })
    const keys = Array.from({ length: 2000 }, (_, i) => ({ key: `key:${i}`, ramBytes: 100 }))
    slots.add(batchOf(keys))
    const report = slots.result(0)
    const rows = report.owners!
    expect(rows.map((row) => row.node)).toEqual(['a:1', 'b:1', '[unassigned]'])
    expect(rows.map((row) => row.slots)).toEqual([10_000, 2000, HASH_SLOTS - 12_000])
    expect(rows.reduce((sum, row) => sum + row.keys, 0)).toBe(2000)
    expect(rows.reduce((sum, row) => sum + row.ramBytes, 0)).toBe(200_000)
    expect(report.ownersSkew).toBeCloseTo((2 * rows[0]!.ramBytes) / (rows[0]!.ramBytes + rows[1]!.ramBytes))
    expect(report.shardPlans.map((plan) => plan.shards)).toEqual([2, 7])
    for (const plan of report.shardPlans) {
      expect(plan.perShard.reduce((sum, shard) => sum + shard.ramBytes, 0)).toBe(200_000)
    }
  })
})
