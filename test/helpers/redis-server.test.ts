import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ReplyError } from '../../src/prove/resp-client.js'
import { describeWithRedis, RedisServer, withRedis } from './redis-server.js'

describeWithRedis('scratch redis-server', () => {
  it('keeps binary values and large replies', async () => {
    const value = Buffer.alloc(3_000_000, 0)
    value.write('\r\n$-1\r\n', 1_000_000, 'latin1')
    await withRedis(async (redis) => {
      await redis.call('SET', Buffer.from([0, 255, 10]), value)
      const read = await redis.call('GET', Buffer.from([0, 255, 10]))
      expect(Buffer.isBuffer(read) && read.equals(value)).toBe(true)
      expect(await redis.call('GET', 'nothing')).toBeNull()
      expect(await redis.call('LRANGE', 'nothing', 0, -1)).toEqual([])
      expect(
        await redis.pipeline([
          ['RPUSH', 'l', 'a', 'b'],
          ['LRANGE', 'l', 0, -1],
          ['INCR', 'l'],
        ]),
      ).toEqual([2, [Buffer.from('a'), Buffer.from('b')], expect.any(ReplyError)])
      await expect(redis.call('NOSUCH')).rejects.toThrow(/unknown command/)
    })
  })

  it('saves a dump, loads one, and leaves nothing behind', async () => {
    const first = await RedisServer.start({ 'hash-max-listpack-entries': 7 })
    await first.call('SET', 'key', 'value')
    const dump = readFileSync(await first.save())
    await first.stop()
    expect(existsSync(first.folder)).toBe(false)
    const prepare = (folder: string) => writeFileSync(`${folder}/dump.rdb`, dump)
    expect(await withRedis((redis) => redis.call('GET', 'key'), {}, prepare)).toEqual(Buffer.from('value'))
  })

  it('says why the server did not start', async () => {
    await expect(RedisServer.start({ 'no-such-option': 1 })).rejects.toThrow(/redis-server ended with 1/)
  })
})
