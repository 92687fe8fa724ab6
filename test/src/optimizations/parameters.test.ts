import { describe, expect, it } from 'vitest'
import {
  ParameterError,
  Parameters,
  parseParameterFile,
  parseParameters,
} from '../../../src/optimizations/parameters.js'

const IDS = ['bucket-strings', 'shorten-key-names']

describe('parseParameters', () => {
  it('reads ID.NAME=VALUE, later ones win', () => {
    expect(parseParameters(['bucket-strings.buckets=9', 'bucket-strings.buckets=92'], IDS)).toEqual({
      'bucket-strings': { buckets: '92' },
    })
  })

  it('keeps what stands behind the first equals sign', () => {
    expect(parseParameters(['shorten-key-names.rename=users:=u:,IP:=i:'], IDS)).toEqual({
      'shorten-key-names': { rename: 'users:=u:,IP:=i:' },
    })
  })

  it.each(['buckets=9', 'nothing.buckets=9', 'bucket-strings.buckets'])('refuses %s', (text) => {
    expect(() => parseParameters([text], IDS)).toThrow(ParameterError)
  })
})

describe('parseParameterFile', () => {
  it('takes numbers, lists and renames as JSON', () => {
    const text = '{"bucket-strings": {"buckets": 92}, "shorten-key-names": {"rename": {"users:": "u:", "IP:": "i:"}}}'
    expect(parseParameterFile(text, 'p.json', IDS)).toEqual({
      'bucket-strings': { buckets: '92' },
      'shorten-key-names': { rename: 'users:=u:,IP:=i:' },
    })
  })

  it.each(['[', '[]', '{"bucket-strings": 92}'])('names the file when it is %s', (text) => {
    expect(() => parseParameterFile(text, 'p.json', IDS)).toThrow(/^p\.json/)
  })
})

describe('Parameters', () => {
  const specs = [
    { name: 'buckets', kind: 'number', least: 1, most: 100, describe: '' },
    { name: 'field', kind: 'choice', choices: ['id', 'key'], preset: 'id', describe: '' },
    { name: 'rename', kind: 'renames', describe: '' },
    { name: 'order', kind: 'list', describe: '' },
  ] as const

  it('knows presets, and what was given', () => {
    const parameters = new Parameters('x', specs, { buckets: '92', order: 'a,b' })
    expect(parameters.number('buckets')).toBe(92)
    expect(parameters.text('field')).toBe('id')
    expect(parameters.list('order')).toEqual(['a', 'b'])
    expect(parameters.has('rename')).toBe(false)
    expect(parameters.shown).toEqual({ buckets: 92, field: 'id', order: ['a', 'b'] })
  })

  it('reads renames of keys, which hold colons, and of fields', () => {
    expect(new Parameters('x', specs, { rename: 'users:friends=u:fs' }).renames('rename')).toEqual([
      { from: 'users:friends', to: 'u:fs' },
    ])
    expect(new Parameters('x', specs, { rename: 'visits:v,name:n' }).renames('rename')).toEqual([
      { from: 'visits', to: 'v' },
      { from: 'name', to: 'n' },
    ])
  })

  it('takes match for every technique', () => {
    const { match } = new Parameters('x', specs, { match: 'user:*' })
    const matches = (name: string): boolean => match!(new TextEncoder().encode(name), 0, name.length)
    expect(matches('user:1')).toBe(true)
    expect(matches('cart:1')).toBe(false)
  })

  it.each([
    [{ bucket: '1' }, /no such parameter; x takes match, buckets, field/],
    [{ buckets: '101' }, /from 1 to 100/],
    [{ buckets: '1.5' }, /from 1 to 100/],
    [{ field: 'name' }, /choose from id, key/],
    [{ order: 'a,,b' }, /between the commas/],
    [{ rename: 'visits' }, /FROM=TO/],
  ])('refuses %j', (texts, message) => {
    expect(() => new Parameters('x', specs, texts as Record<string, string>)).toThrow(message)
  })
})
