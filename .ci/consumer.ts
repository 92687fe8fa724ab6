import { readEntries } from 'rdblens'

// What a program that uses the library looks like; compiled under strict and run by .ci/run.
const byType = new Map<string, number>()
for await (const entry of readEntries(process.argv[2]!)) {
  byType.set(entry.type, (byType.get(entry.type) ?? 0) + 1)
}
if (byType.size === 0) throw new Error('no keys were read')
console.log([...byType].map(([type, keys]) => `${type} ${keys}`).join(', '))
