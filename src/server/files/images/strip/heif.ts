/**
 * HEIC and AVIF. Positions in the file are all over its `meta` box, so nothing moves: what is not needed to draw is
 * overwritten with zeros, and boxes of unknown content become `free`.
 */
import { BrokenImage } from './broken-image.ts'
import { type Box, boxAt, boxesIn } from './heif-boxes.ts'
import { type Extent, neededItems, readItems, readLocations, readPrimary, readReferences } from './heif-items.ts'
import { maxParts } from './kept-parts.ts'

const topLevel = new Set('ftyp styp meta mdat moov moof mfra sidx ssix prft pdin free skip uuid mpvd etyp'.split(' '))
const keptTopLevel = new Set('ftyp styp moov moof mfra sidx ssix'.split(' '))
const keptInMeta = new Set('hdlr pitm iloc iinf iref iprp grpl dinf'.split(' '))
/** Names, keywords, texts and times. */
const droppedProperties = new Set('udes altt crtt mdft uuid'.split(' '))
const droppedInMovie = new Set('udta meta uuid'.split(' '))
/** Real ones have some kilobytes. */
const maxMetaBytes = 4 * 1024 * 1024
const maxDepth = 8
/** How many times as long as the file its items may be together: few share what they are drawn from. */
const maxNamedTimes = 2
const containersInMovie = new Set('moov trak mdia minf stbl edts moof traf'.split(' '))

/** @returns the image without metadata, its coded pixels where they were, up to its end @throws BrokenImage */
export function stripHeif(bytes: Buffer): Buffer[] {
  const boxes = topLevelBoxes(bytes)
  const meta = boxes.find(({ type }) => type === 'meta')
  if (boxes[0]?.type !== 'ftyp' || !meta) throw new BrokenImage('A HEIC or AVIF has ftyp, first, and meta.')
  const hasMovie = boxes.some(({ type }) => type === 'moov')
  const cleaned = Buffer.alloc(boxes.at(-1)?.end ?? 0)
  for (const box of boxes) {
    if (keptTopLevel.has(box.type)) copy(bytes, cleaned, box)
    // The samples of a movie are in there as well, and are not looked for.
    else if (box.type === 'mdat' && hasMovie) copy(bytes, cleaned, box)
    else if (box.type === 'mdat') bytes.copy(cleaned, box.start, box.start, box.content)
    else if (box !== meta) free(bytes, cleaned, box)
    if (containersInMovie.has(box.type)) dropInMovie(bytes, cleaned, box)
  }
  stripMeta(
    bytes,
    cleaned,
    meta,
    boxes.filter(({ type }) => type === 'mdat'),
  )
  return [cleaned]
}

/** Up to the first that cannot be one: what follows the image. @throws BrokenImage for one that is cut off */
function topLevelBoxes(bytes: Buffer): Box[] {
  const boxes: Box[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    if (!topLevel.has(bytes.toString('latin1', at + 4, at + 8))) break
    const box = boxAt(bytes, at, bytes.length)
    boxes.push(box)
    if (boxes.length > maxParts) throw new BrokenImage('There are too many boxes.')
    at = box.end
  }
  return boxes
}

function stripMeta(bytes: Buffer, cleaned: Buffer, meta: Box, data: readonly Box[]): void {
  if (meta.end - meta.start > maxMetaBytes) throw new BrokenImage('The description of the items is too large.')
  const boxes = boxesIn(bytes, meta.content + 4, meta.end)
  const one = (type: string) => boxes.find((box) => box.type === type)
  const [primary, locations, items, references, idat] = [
    one('pitm'),
    one('iloc'),
    one('iinf'),
    one('iref'),
    one('idat'),
  ]
  if (!primary || !locations || !items) throw new BrokenImage('The items of a HEIC or AVIF are missing.')

  bytes.copy(cleaned, meta.start, meta.start, meta.content + 4)
  for (const box of boxes) {
    if (keptInMeta.has(box.type)) copy(bytes, cleaned, box)
    else if (box.type === 'idat') bytes.copy(cleaned, box.start, box.start, box.content)
    else free(bytes, cleaned, box)
    if (box.type === 'iprp') dropProperties(bytes, cleaned, box)
  }
  const needed = neededItems(
    readPrimary(bytes, primary),
    readItems(bytes, items),
    references ? readReferences(bytes, references) : [],
  )
  copyNeeded(bytes, cleaned, readLocations(bytes, locations), needed, { data, idat })
}

/** Where the bytes of items are. */
interface ItemData {
  data: readonly Box[]
  idat: Box | undefined
}

interface Span {
  start: number
  end: number
}

/** First zeros, as the items that are not needed may overlap with those that are. */
function copyNeeded(
  bytes: Buffer,
  cleaned: Buffer,
  locations: Map<number, Extent[]>,
  needed: Set<number>,
  places: ItemData,
): void {
  const spans = [...locations].flatMap(([id, extents]) =>
    extents.map((extent) => ({ isNeeded: needed.has(id), ...spanOf(extent, places) })),
  )
  // The description may name one part of the file any number of times, and each is copied.
  const named = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  if (named > maxNamedTimes * bytes.length) throw new BrokenImage('The items of a HEIC or AVIF overlap too often.')
  for (const { isNeeded, start, end } of spans) if (!isNeeded) cleaned.fill(0, start, end)
  for (const { isNeeded, start, end } of spans) if (isNeeded) bytes.copy(cleaned, start, start, end)
}

function spanOf({ isInIdat, start, length }: Extent, { data, idat }: ItemData): Span {
  const from = isInIdat ? (idat?.content ?? 0) + start : start
  const span = { start: from, end: from + length }
  const places = isInIdat ? [idat] : data
  const isInside = places.some((place) => place && place.content <= span.start && span.end <= place.end)
  if (!isInside) throw new BrokenImage('An item of a HEIC or AVIF is outside of its data.')
  return span
}

/** A property keeps its place in the list, as items name it by its number. */
function dropProperties(bytes: Buffer, cleaned: Buffer, iprp: Box): void {
  for (const list of boxesIn(bytes, iprp.content, iprp.end)) {
    if (list.type !== 'ipco') continue
    for (const box of boxesIn(bytes, list.content, list.end)) {
      if (droppedProperties.has(box.type)) free(bytes, cleaned, box)
    }
  }
}

function dropInMovie(bytes: Buffer, cleaned: Buffer, container: Box, depth = 1): void {
  if (depth > maxDepth) throw new BrokenImage('The boxes of a movie are too deep.')
  for (const box of boxesIn(bytes, container.content, container.end)) {
    if (droppedInMovie.has(box.type)) free(bytes, cleaned, box)
    else if (containersInMovie.has(box.type)) dropInMovie(bytes, cleaned, box, depth + 1)
  }
}

function copy(bytes: Buffer, cleaned: Buffer, { start, end }: Box): void {
  bytes.copy(cleaned, start, start, end)
}

/** A box of the same size that readers pass over. */
function free(bytes: Buffer, cleaned: Buffer, { start, content, end }: Box): void {
  bytes.copy(cleaned, start, start, content)
  cleaned.write('free', start + 4, 'latin1')
  cleaned.fill(0, content, end)
}
