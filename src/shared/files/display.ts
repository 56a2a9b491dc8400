/** How the files of messages are shown, by the page and by the server's views. */
import type { FileInfo } from '../protocol/types.ts'

export type FileKind = 'image' | 'video' | 'audio' | 'other'

/** As in `icons.ts`; the page draws them in lazy parts alone. */
export const attachIcon =
  'm19 12-7 7a4.7 4.7 0 0 1-6.7-6.7l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.5 7.5a1.5 1.5 0 0 1-2.2-2.2l7-7'
export const fileIcon = 'M14 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8ZM14 3.5V8h4.5'

export const unfoldIcon = 'm6 9 6 6 6-6'

/** The largest that a single image is drawn. */
const maxShownWidth = 480
const maxShownHeight = 360

/** Images that are shown before "+n". */
export const maxInGrid = 4

const kinds: readonly [FileKind, RegExp][] = [
  ['image', /^image\/(?:jpeg|png|gif|webp|avif)$/],
  ['video', /^video\/(?:mp4|webm)$/],
  ['audio', /^audio\/(?:mpeg|mp4|x-m4a|ogg|wav|x-wav|vnd\.wave|aac|flac|x-flac|webm)$/],
]

/** Only an image whose size is known is drawn: its place can be kept free. */
export function kindOfFile({ type, width, height }: Pick<FileInfo, 'type' | 'width' | 'height'>): FileKind {
  const [kind = 'other'] = kinds.find(([, shape]) => shape.test(type)) ?? []
  return kind === 'image' && !(width && height) ? 'other' : kind
}

/** The size in which it is drawn, in CSS pixels: never larger than it is. */
export function shownSize({ width = maxShownWidth, height = maxShownHeight }: Pick<FileInfo, 'width' | 'height'>) {
  const scale = Math.min(1, maxShownWidth / width, maxShownHeight / height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** The files of a message in the order in which they are drawn. */
export function sortedFiles<File extends Pick<FileInfo, 'type' | 'width' | 'height'>>(files: readonly File[]) {
  const of = (kind: FileKind) => files.filter((file) => kindOfFile(file) === kind)
  return { images: of('image'), videos: of('video'), audios: of('audio'), others: of('other') }
}

const textTypes = /^(text\/|application\/(json|xml|yaml|toml|javascript|x-sh|sql)\b)/
const textEndings =
  /\.(txt|md|csv|tsv|log|conf|ini|toml|ya?ml|json|xml|svg|html?|css|[cm]?js|jsx|tsx?|vue|sh|bash|zsh|c|h|cpp|cs|diff|patch|go|java|kt|lua|php|py|rb|rs|sql|swift)$/i

/** Whether the file may have a text that is worth to be shown. What it really has is seen when it is read. */
export function mayBeText({ name, type, bytes }: Pick<FileInfo, 'name' | 'type' | 'bytes'>): boolean {
  return bytes > 0 && (textTypes.test(type) || textEndings.test(name))
}

export interface UnitFormat {
  unit: string
  unitDisplay: 'short' | 'long'
  maximumFractionDigits: number
}

export function newFormat(code: string, format: UnitFormat): Intl.NumberFormat {
  return new Intl.NumberFormat(code, { style: 'unit', ...format })
}

/** `1.4 MB`, in steps of 1,000 as file managers show it. @param formatOf makes a format, or has made it before */
export function formatBytes(bytes: number, code: string, formatOf = newFormat): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const amount = bytes / 1_000 ** step
  const unitDisplay = step ? 'short' : 'long'
  const maximumFractionDigits = step && amount < 10 ? 1 : 0
  return formatOf(code, { unit: units[step] ?? 'byte', unitDisplay, maximumFractionDigits }).format(amount)
}

/** `PDF`: what people call the type; the ending of the name, or that of the type. */
export function typeLabel({ name, type }: Pick<FileInfo, 'name' | 'type'>): string {
  const [, ending] = /\.([\p{L}\d]{1,8})$/u.exec(name) ?? []
  const subtype = type.split('/')[1]?.replace(/^x-|^vnd\.|\+.*$/g, '') ?? ''
  return (ending ?? (subtype === 'octet-stream' ? '' : subtype)).slice(0, 8).toUpperCase()
}
