;; CRC-64 of RDB files ("Jones" polynomial, reflected, no inversion), about ten times as fast as crc64.ts.
;; `npx tsx scripts/build-crc64.ts` compiles this file into crc64-module.ts.
;;
;; Nearly all bytes are folded, sixteen at a time, without tables: the polynomial divides
;;
;;   x^5045 + x^4368 + x^4340 + x^3618 + x^2621 + x^609 + 1
;;
;; and so does, squared three times, the sum of these powers of x^8, in which exponents count bytes. A byte 5045 bytes
;; or more before the end may therefore be taken out of the data, when it is added (xor) to six bytes behind it: those
;; 5045 - 4368 = 677, 705, 1427, 2424, 4436 and 5045 further on. What is left are the last 5045 bytes; they go
;; through tables, eight bytes a step. The powers came out of a search for seven that add up to 0; seven is the
;; smallest number for which the rest is short against the data. test/parsers/rdb/crc64.test.ts divides them.
;;
;; Memory, 256 KiB:
;;        0  8 tables of 256 i64: table k has the CRC of one byte followed by k zero bytes
;;   16,384  i64: the checksum so far
;;   16,400  copy of the last 5045 bytes that were folded
;;   21,445  zeros: what stands before the data, and behind the copy
;;   26,560  the data, up to 235,568 bytes, and 16 bytes of room
(module
  (memory (export "memory") 4 4)
  (global (export "state") i32 (i32.const 16384))
  (global (export "data") i32 (i32.const 26560))
  (global (export "capacity") i32 (i32.const 235568))

  (func $makeTables
    (local $at i32) (local $crc i64) (local $bit i32)
    ;; Table 0, bit by bit.
    (loop $byte
      (local.set $crc (i64.extend_i32_u (i32.shr_u (local.get $at) (i32.const 3))))
      (local.set $bit (i32.const 0))
      (loop $shift
        (local.set $crc
          (i64.xor
            (i64.shr_u (local.get $crc) (i64.const 1))
            ;; The polynomial where a one falls out, else 0.
            (i64.and
              (i64.sub (i64.const 0) (i64.and (local.get $crc) (i64.const 1)))
              (i64.const 0x95ac9329ac4bc9b5))))
        (local.set $bit (i32.add (local.get $bit) (i32.const 1)))
        (br_if $shift (i32.lt_u (local.get $bit) (i32.const 8))))
      (i64.store (local.get $at) (local.get $crc))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $byte (i32.lt_u (local.get $at) (i32.const 2048))))
    ;; Each other table from the one before: one zero byte more.
    (loop $entry
      (local.set $crc (i64.load (i32.sub (local.get $at) (i32.const 2048))))
      (i64.store
        (local.get $at)
        (i64.xor (i64.shr_u (local.get $crc) (i64.const 8)) (call $ofByte (local.get $crc))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $entry (i32.lt_u (local.get $at) (i32.const 16384)))))
  (start $makeTables)

  ;; Table 0 at the lowest byte.
  (func $ofByte (param $crc i64) (result i64)
    (i64.load (i32.shl (i32.wrap_i64 (i64.and (local.get $crc) (i64.const 255))) (i32.const 3))))

  ;; Goes on with `length` bytes from `data`, which it overwrites. The checksum is read from `state` and written there.
  (func (export "update") (param $length i32)
    (local $crc i64) (local $at i32) (local $end i32)
    (local.set $crc (i64.load (i32.const 16384)))
    (local.set $at (i32.const 26560))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.ge_u (local.get $length) (i32.const 8192))
      (then
        ;; A checksum so far is the same as starting anew with it added to the first bytes.
        (i64.store (local.get $at) (i64.xor (i64.load (local.get $at)) (local.get $crc)))
        (local.set $crc (i64.const 0))
        (local.set $at (call $fold (i32.and (i32.sub (local.get $length) (i32.const 5045)) (i32.const -16))))))
    (i64.store (i32.const 16384) (call $throughTables (local.get $crc) (local.get $at) (local.get $end))))

  ;; Takes `length` bytes, a multiple of 16, from the front of the data; at least 5045 must follow. Returns where these
  ;; begin.
  (func $fold (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (i32.const 26560) (local.get $length)))
    (call $addEarlier (i32.const 26560) (i32.const 21515) (local.get $end))
    ;; The rest gets what was taken, but nothing of itself: hence from a copy, with zeros behind it.
    (memory.copy (i32.const 16400) (i32.sub (local.get $end) (i32.const 5045)) (i32.const 5045))
    (call $addEarlier (local.get $end) (i32.const 16400) (i32.add (local.get $end) (i32.const 5045)))
    (local.get $end))

  ;; Adds to each byte from `to` up to `end` those 5045, 4436, 2424, 1427, 705 and 677 bytes before it, for which `from`
  ;; says where the byte 5045 before `to` lies. Sixteen at a time, also where fewer are left.
  (func $addEarlier (param $to i32) (param $from i32) (param $end i32)
    (loop $step
      (v128.store
        (local.get $to)
        (v128.xor
          (v128.xor
            (v128.xor (v128.load (local.get $to)) (v128.load (local.get $from)))
            (v128.xor (v128.load offset=609 (local.get $from)) (v128.load offset=2621 (local.get $from))))
          (v128.xor
            (v128.load offset=3618 (local.get $from))
            (v128.xor (v128.load offset=4340 (local.get $from)) (v128.load offset=4368 (local.get $from))))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $step (i32.lt_u (local.get $to) (local.get $end)))))

  ;; Eight bytes a step, each in the table for as many zero bytes as follow it; then byte by byte.
  (func $throughTables (param $crc i64) (param $at i32) (param $end i32) (result i64)
    (local $lastWord i32)
    (local.set $lastWord (i32.sub (local.get $end) (i32.const 8)))
    (block $noMoreWords
      (loop $word
        (br_if $noMoreWords (i32.gt_u (local.get $at) (local.get $lastWord)))
        (local.set $crc (i64.xor (local.get $crc) (i64.load (local.get $at))))
        (local.set $crc
          (i64.xor
            (i64.xor
              (i64.xor
                (i64.load offset=14336 (i32.wrap_i64 (i64.and (i64.shl (local.get $crc) (i64.const 3)) (i64.const 2040))))
                (i64.load offset=12288
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 5)) (i64.const 2040)))))
              (i64.xor
                (i64.load offset=10240
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 13)) (i64.const 2040))))
                (i64.load offset=8192
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 21)) (i64.const 2040))))))
            (i64.xor
              (i64.xor
                (i64.load offset=6144
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 29)) (i64.const 2040))))
                (i64.load offset=4096
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 37)) (i64.const 2040)))))
              (i64.xor
                (i64.load offset=2048
                  (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 45)) (i64.const 2040))))
                (i64.load (i32.wrap_i64 (i64.and (i64.shr_u (local.get $crc) (i64.const 53)) (i64.const 2040))))))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $word)))
    (block $noMoreBytes
      (loop $byte
        (br_if $noMoreBytes (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $crc
          (i64.xor
            (i64.shr_u (local.get $crc) (i64.const 8))
            (call $ofByte (i64.xor (local.get $crc) (i64.load8_u (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $crc)))
