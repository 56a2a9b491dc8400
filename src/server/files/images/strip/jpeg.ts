/** JPEG (ITU-T T.81): segments, of which those for applications and comments are dropped unless they change the look. */
import { BrokenImage } from './broken-image.ts'
import { ByteReader } from './byte-reader.ts'
import { KeptParts } from './kept-parts.ts'
import { exifHeader, exifOf, orientationIn } from './orientation.ts'

const soi = 0xd8
const eoi = 0xd9
const sos = 0xda
const app0 = 0xe0
const app1 = 0xe1
const app2 = 0xe2
const app14 = 0xee
const comment = 0xfe

const jfif = Buffer.from('JFIF\0', 'latin1')
const icc = Buffer.from('ICC_PROFILE\0', 'latin1')
const adobe = Buffer.from('Adobe', 'latin1')
/** Up to the size of the thumbnail, which follows. */
const jfifBytes = 12
/** Up to the colour transform, which is the last field. */
const adobeBytes = 12

interface Kept {
  /** Comes first, where the standard wants it. */
  jfif: Buffer | undefined
  orientation: number | undefined
  rest: KeptParts
}

/** @returns the image without metadata, its coded pixels unchanged, up to its end @throws BrokenImage */
export function stripJpeg(bytes: Buffer): Buffer[] {
  return [...partsOf(bytes, { isCut: false }), Buffer.from([0xff, eoi])]
}

/** @returns an image that was cut off in its pixels, without metadata @throws BrokenImage when it was cut off before them */
export function stripCutJpeg(bytes: Buffer): Buffer[] {
  return partsOf(bytes, { isCut: true })
}

function partsOf(bytes: Buffer, { isCut }: { isCut: boolean }): Buffer[] {
  const reader = new ByteReader(bytes)
  if (reader.u16() !== (0xff00 | soi)) throw new BrokenImage('A JPEG begins with SOI.')
  const kept: Kept = { jfif: undefined, orientation: undefined, rest: new KeptParts() }
  let hasScan = false
  for (let marker = nextMarker(reader); marker !== eoi; marker = nextMarker(reader)) {
    // What stands between the scans of a progressive one may be cut off too.
    if (isCut && hasScan && (marker === undefined || isCutIn(reader))) break
    if (marker === undefined) throw new BrokenImage('A JPEG ends with EOI.')
    const payload = readPayload(reader, marker)
    keep(kept, marker, payload)
    if (marker !== sos) continue
    hasScan = true
    const start = reader.position
    const end = endOfScan(bytes, start)
    if (end === undefined && !isCut) throw new BrokenImage('A scan of a JPEG ends with a marker.')
    kept.rest.push(bytes.subarray(start, end))
    if (end === undefined) break
    reader.position = end
  }
  if (!hasScan) throw new BrokenImage('A JPEG has a scan.')
  return [Buffer.from([0xff, soi]), ...headOf(kept), ...kept.rest.list]
}

/** Decoders pass over bytes between segments, and so does this. */
function nextMarker(reader: ByteReader): number | undefined {
  const { bytes } = reader
  for (let at = bytes.indexOf(0xff, reader.position); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1]
    if (marker === undefined) break
    // Stuffed, fill bytes, and markers that mean nothing here: decoders pass over them too.
    if (marker <= 1 || marker === 0xff || isRestart(marker)) continue
    reader.position = at + 2
    return marker
  }
  return undefined
}

/** Whether the file ends in the segment that comes next. */
function isCutIn({ bytes, position }: ByteReader): boolean {
  const left = bytes.length - position
  return left < 2 || left < bytes.readUInt16BE(position)
}

function readPayload(reader: ByteReader, marker: number): Buffer {
  // SOF, DHT, DAC, and from SOS on what has a length. A second SOI or what nobody knows cannot be here.
  const isKnown = (marker >= 0xc0 && marker <= 0xcf) || (marker >= sos && marker <= 0xef) || marker === comment
  if (!isKnown) throw new BrokenImage(`A JPEG has no marker ${marker.toString(16)} there.`)
  const length = reader.u16()
  if (length < 2) throw new BrokenImage('A segment is too short.')
  return reader.take(length - 2)
}

function keep(kept: Kept, marker: number, payload: Buffer): void {
  if (marker === app0) {
    if (startsWith(payload, jfif) && payload.length >= jfifBytes) kept.jfif ??= payload.subarray(0, jfifBytes)
  } else if (marker === app1) {
    if (startsWith(payload, exifHeader)) kept.orientation ??= orientationIn(payload)
  } else if (marker === app2) {
    if (startsWith(payload, icc)) kept.rest.push(...segment(marker, payload))
  } else if (marker === app14) {
    if (startsWith(payload, adobe)) kept.rest.push(...segment(marker, payload.subarray(0, adobeBytes)))
  } else if (marker < app0) {
    kept.rest.push(...segment(marker, payload))
  }
}

function headOf({ jfif, orientation = 1 }: Kept): Buffer[] {
  return [
    ...(jfif ? segment(app0, Buffer.concat([jfif, Buffer.alloc(2)])) : []),
    ...(orientation === 1 ? [] : segment(app1, Buffer.concat([exifHeader, exifOf(orientation)]))),
  ]
}

function segment(marker: number, payload: Buffer): Buffer[] {
  const length = payload.length + 2
  return [Buffer.from([0xff, marker, length >> 8, length & 0xff]), payload]
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start)
}

/** Where the next marker is: not a stuffed byte, a restart or a fill byte. */
function endOfScan(bytes: Buffer, start: number): number | undefined {
  for (let at = bytes.indexOf(0xff, start); at !== -1; ) {
    const next = bytes[at + 1]
    if (next === undefined) break
    const isData = next === 0 || isRestart(next)
    if (!isData && next !== 0xff) return at
    at = bytes.indexOf(0xff, at + (isData ? 2 : 1))
  }
  return undefined
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7
}
