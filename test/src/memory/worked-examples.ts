/**
 * What `MEMORY USAGE key SAMPLES 0` said on real servers (64-bit, jemalloc with quantum 8): one key per line, one server
 * per column. `~`: random in the server. A word behind a number is the encoding: i int, e embstr, r raw, zl ziplist,
 * lp listpack, ql quicklist, ht hashtable. `k×31` is a key of 31 letters k; otherwise the key is the first column.
 * `7.2+` stands for Redis 7.2, 7.4, 8.0 and Valkey 7.2.
 */
const TABLE = `
key | value | 4.0 | 5.0 | 6.0 | 6.2 | 7.0 | 7.2+ | 8.6 | vk8.0 | vk8.1 | vk9.1
v0 | string of 0 × "x" | 48 | 46 | 50 | 50 | 56 | 56 | 32 | 48 | 32 | 24
v1 | string of 1 × "x" | 49 | 47 | 51 | 51 | 56 | 56 | 32 | 48 | 32 | 24
v3 | string of 3 × "x" | 51 | 49 | 53 | 53 | 56 | 56 | 32 | 48 | 32 | 24
v10 | string of 10 × "x" | 59 | 57 | 60 | 60 | 64 | 64 | 40 | 56 | 40 | 32
v19 | string of 19 × "x" | 68 | 66 | 69 | 69 | 72 | 72 | 48 | 64 | 48 | 40
v20 | string of 20 × "x" | 69 | 67 | 70 | 70 | 72 | 72 | 48 | 64 | 48 | 40
v28 | string of 28 × "x" | 77 | 75 | 78 | 78 | 80 | 80 | 56 | 72 | 56 | 48
v29 | string of 29 × "x" | 78 | 76 | 79 | 79 | 88 | 88 | 56 | 80 | 56 | 48
v44 | string of 44 × "x" | 93 e | 91 e | 94 e | 94 e | 96 e | 96 e | 72 r | 88 e | 64 r | 64 e
v45 | string of 45 × "x" | 96 r | 94 r | 104 r | 104 r | 104 r | 104 r | 80 r | 96 r | 72 r | 64 e
v60 | string of 60 × "x" | 111 r | 109 r | 112 r | 112 r | 112 r | 112 r | 88 r | 104 r | 80 r | 80 e
v100 | string of 100 × "x" | 152 r | 150 r | 160 r | 160 r | 160 r | 160 r | 136 r | 152 r | 128 r | 128 e
v252 | string of 252 × "x" | 304 | 302 | 304 | 304 | 304 | 304 | 280 | 296 | 272 | 280
v253 | string of 253 × "x" | 305 | 303 | 368 | 368 | 368 | 368 | 344 | 360 | 336 | 344
v255 | string of 255 × "x" | 307 | 305 | 368 | 368 | 368 | 368 | 344 | 360 | 336 | 344
v256 | string of 256 × "x" | 310 | 308 | 368 | 368 | 368 | 368 | 344 | 360 | 336 | 344
v1000 | string of 1000 × "x" | 1055 | 1053 | 1072 | 1072 | 1072 | 1072 | 1048 | 1064 | 1040 | 1048
v4096 | string of 4096 × "x" | 4151 | 4149 | 5168 | 5168 | 5168 | 5168 | 5144 | 5160 | 5136 | 5144
v16384 | string of 16384 × "x" | 16440 | 16438 | 20528 | 20528 | 20528 | 20528 | 20512 | 20528 | 20496 | 20512
v65530 | string of 65530 × "x" | 65586 | 65584 | 65584 | 65584 | 65584 | 65584 | 65568 | 65584 | 65552 | 65568
v65535 | string of 65535 × "x" | 65591 | 65589 | 81968 | 81968 | 81968 | 81968 | 81952 | 81968 | 81936 | 81952
v65536 | string of 65536 × "x" | 65596 | 65594 | 81968 | 81968 | 81968 | 81968 | 81952 | 81968 | 81936 | 81952
v100000 | string of 100000 × "x" | 100061 | 100059 | 114744 | 114744 | 114744 | 114744 | 114720 | 114736 | 114704 | 114720
n42 | string 42 (shared int) | 47 | 45 | 48 | 48 | 48 | 48 | 24 | 40 | 16 | 24
n10000 | string 10000 | 50 | 48 | 48 | 48 | 48 | 48 | 32 | 48 | 16 | 32
nbig | string 1234567890123 | 48 | 46 | 48 | 48 | 48 | 48 | 24 | 40 | 16 | 24
k×31 | key "k"×31, value "x" | 78 | 76 | 83 | 83 | 88 | 88 | 56 | 80 | 56 | 56
k×32 | key "k"×32, value "x" | 79 | 79 | 83 | 83 | 88 | 88 | 64 | 80 | 64 | 56
k×44 | key "k"×44, value "x" | 91 e | 91 e | 91 e | 91 e | 96 e | 96 e | 83 r | 104 e | 24 r | 80 e
k×45 | key "k"×45, value "x" | 92 e | 92 e | 99 e | 99 e | 104 e | 104 e | 83 r | 104 e | 24 r | 80 e
k×60 | key "k"×60, value "x" | 107 e | 107 e | 107 e | 107 e | 112 e | 112 e | 99 r | 120 e | 24 r | 96 e
k×127 | key "k"×127, value "x" | 174 e | 174 e | 203 e | 203 e | 208 e | 208 e | 163 r | 184 e | 24 r | 168 r
k×128 | key "k"×128, value "x" | 175 e | 175 e | 203 e | 203 e | 208 e | 208 e | 163 r | 184 e | 24 r | 168 r
k×252 | key "k"×252, value "x" | 299 e | 299 e | 299 e | 299 e | 304 e | 304 e | 323 r | 344 e | 24 r | 328 r
k×253 | key "k"×253, value "x" | 300 e | 300 e | 363 e | 363 e | 368 e | 368 e | 323 r | 344 e | 24 r | 328 r
k×255 | key "k"×255, value "x" | 302 e | 302 e | 363 e | 363 e | 368 e | 368 e | 323 r | 344 e | 24 r | 328 r
k×256 | key "k"×256, value "x" | 305 e | 305 e | 363 e | 363 e | 368 e | 368 e | 323 r | 344 e | 24 r | 328 r
k×300 | key "k"×300, value "x" | 349 e | 349 e | 363 e | 363 e | 368 e | 368 e | 387 r | 408 e | 24 r | 392 r
e3 | value "bar", with TTL | 51 | 49 | 53 | 53 | 56 | 56 | 40 | 48 | 40 | 32
e30 | value "x"×30, with TTL | 79 | 77 | 80 | 80 | 88 | 88 | 64 | 80 | 64 | 56
e40 | value "x"×40 with TTL | 89 e | 87 e | 90 e | 90 e | 96 e | 96 e | 80 r | 88 e | 64 r | 80 e
e×40 | key "e"×40, value "xyz", TTL | 89 e | 89 e | 93 e | 93 e | 96 e | 96 e | 85 r | 88 e | 24 r | 80 e
l3 | list a,b,c | 138 ql | 136 ql | 140 ql | 140 ql | 144 ql | 64 lp | 40 lp | 56 lp | 32 lp | 40 lp
l1000 | list of 0..999 | 3991 ql | 3989 ql | 3990 ql | 3990 ql | 3200 ql | 3120 lp | 2903 lp | 3112 lp | 3088 lp | 3096 lp
l5000 | list of 0..4999 | 20077 | 20075 | 20076 | 20076 | 16552 | 16552 | 15942 | 16544 | 16520 | 16528
lbig | list of one 10000-byte "x" string | 10134 | 10132 | 10134 | 10134 | 10368 | 10368 | 10112 | 10360 | 10336 | 10344
lmix | list of 5 × ("y"×5000) | 25318 | 25316 | 25318 | 25318 | 25888 | 25888 | 25342 | 25880 | 25856 | 25864
h2 | hash f1→v1, f2→v2 | 73 zl | 71 zl | 75 zl | 75 zl | 72 lp | 72 lp | 47 lp | 64 lp | 40 lp | 48 lp
h100 | hash f0..f99 → v0..v99 | 1039 zl | 1037 zl | 1039 zl | 1039 zl | 1072 lp | 1072 lp | 1011 lp | 1064 lp | 1040 lp | 1048 lp
h512 | hash f0..f511 → v0..v511 | 5983 zl | 5981 zl | 5983 zl | 5983 zl | 6192 lp | 6192 lp | 5955 lp | 6184 lp | 6160 lp | 6168 lp
h513 | hash f0..f512 → v0..v512 | 30680 | 26582 | 28856 | 28856 | 28816 | 28816 | 27546 | 28808 | ~16936 | ~17024
h1000 | hash f0..f999 → v0..v999 | 44117 | 44115 | 48336 | 48336 | 48296 | 48296 | 46052 | 48288 | ~33240 | ~33072
hlong | hash f→"x"×65 | 273 | 271 | 288 | 288 | 248 | 248 | 208 | 240 | 232 | 256
hlong4 | hash a→"x"×65, b→1, c→2, d→3 | 364 | 362 | 408 | 408 | 368 | 368 | 312 | 368 | 256 | 288
hval | hash f0..f599 → "z"×100 | 92722 | 88624 | 94736 | 94736 | 94696 | 94696 | 88562 | 94688 | ~76504 | ~76400
i5 | set 1..5 | 64 | 62 | 66 | 66 | 72 | 72 | 42 | 64 | 40 | 48
i512 | set 0..511 | 1080 | 1078 | 1080 | 1080 | 1328 | 1328 | 1056 | 1320 | 1296 | 1304
i513 | set 0..512 | 23103 | 23101 | 24752 | 24752 | 24712 | 24712 | 23039 | ~14024 | ~12960 | ~12784
i32 | set 100000,200000 | 63 | 61 | 64 | 64 | 64 | 64 | 40 | 56 | 32 | 40
i64 | set 1,9000000000 | 71 | 69 | 72 | 72 | 72 | 72 | 48 | 64 | 40 | 48
S3 | set a,b,c | 255 ht | 253 ht | 272 ht | 272 ht | 232 ht | 64 lp | 40 lp | 56 lp | 32 lp | 40 lp
S128 | set m0..m127 | 4898 ht | 4896 ht | 5264 ht | 5264 ht | 5224 ht | 816 lp | 689 lp | 808 lp | 784 lp | 792 lp
S129 | set m0..m128 | 5952 | 5950 | 6320 | 6320 | 6280 | 6280 | 5888 | ~3720 | ~3296 | ~3248
S1000 | set member:0..member:999 | 44227 | 44225 | 48336 | 48336 | 48296 | 48296 | 44162 | ~30112 | ~33112 | ~33320
z3 | zset a=1,b=2,c=3.5 | 75 zl | 73 zl | 77 zl | 77 zl | 80 lp | 80 lp | 49 lp | 72 lp | 48 lp | 56 lp
z128 | zset m0=0..m127=127 | 1088 zl | 1086 zl | 1088 zl | 1088 zl | 1072 lp | 1072 lp | 945 lp | 1064 lp | 1040 lp | 1048 lp
z01 | zset a=0.1 | 82 zl | 80 zl | 83 zl | 83 zl | 80 lp | 64 lp | 39 lp | 56 lp | 32 lp | 40 lp
z129 | zset m0=0..m128=128 (skiplist, random) | ~12904 | ~13158 | ~13056 | ~12832 | ~12760 | ~12936 | ~12088 | ~12736 | ~9960 | ~8856
z1000 | zset m0=0..m999=999 (skiplist, random) | ~83859 | ~84969 | ~87208 | ~86472 | ~86480 | ~86904 | ~78304 | ~86344 | ~71960 | ~63632
x3 | stream 3 entries 1-1,2-1,3-1 {f:v} | - | 599 | 603 | 648 | 688 | 688 | 315 | 680 | 232 | 240
x250 | stream ids i-0 (i=1..250) {temp:i} | - | 4732 | 4734 | 5032 | 5072 | 5072 | 3078 | 5064 | 3248 | 3256
xg | stream ids i-0 (1..10) {f:i}; group g; consumer c read 5 | - | 6859 | 6863 | 6913 | 6961 | 6969 | 1857 | 6961 | 1121 | 1129
`

export interface WorkedExample {
  readonly key: string
  readonly value: string
  /** By column: bytes, and the encoding where it is told. */
  readonly expected: ReadonlyMap<
    string,
    { readonly bytes: number; readonly random: boolean; readonly encoding: string }
  >
}

export const workedExamples: readonly WorkedExample[] = readTable(TABLE)

function readTable(text: string): WorkedExample[] {
  const [head, ...lines] = text.trim().split('\n')
  const columns = head!.split('|').map((cell) => cell.trim())
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const expected = new Map<string, { bytes: number; random: boolean; encoding: string }>()
    for (let column = 2; column < columns.length; column++) {
      const match = /^(~?)(\d+)(?: (\w+))?$/.exec(cells[column]!)
      if (match === null) continue
      expected.set(columns[column]!, { random: match[1] === '~', bytes: Number(match[2]), encoding: match[3] ?? '' })
    }
    return { key: cells[0]!, value: cells[1]!, expected }
  })
}
