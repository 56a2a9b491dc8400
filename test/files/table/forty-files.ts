/** Files as people and attackers send them. */
import {
  flatPng,
  gifOf,
  picture,
  secret,
  withGifExtensions,
  withMetadata,
  withPngChunk,
  withSegment,
} from '../images/samples.ts'
import { realHeic } from './real-heic.ts'

export interface Sent {
  /** What it is, in a few words. */
  title: string
  name: string
  make(): Promise<Buffer> | Buffer
  asFile?: true
}

const zip = Buffer.from(`PK\x03\x04 ${secret} PK\x05\x06`, 'latin1')
const frames = { delay: [100, 100, 100], loop: 3 }
const jpeg = () => picture().jpeg().toBuffer()
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'

export const byContent: Sent[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => ({
    title: `JPEG with GPS, orientation ${orientation}`,
    name: 'tea.jpg',
    make: () => withMetadata(picture(), orientation).jpeg().toBuffer(),
  })),
  {
    title: 'JPEG with GPS, sent as a file',
    name: 'tea.jpg',
    make: () => withMetadata(picture(), 6).jpeg().toBuffer(),
    asFile: true,
  },
  {
    title: 'progressive JPEG',
    name: 'tea.jpg',
    make: () => withMetadata(picture()).jpeg({ progressive: true }).toBuffer(),
  },
  {
    title: 'JPEG in CMYK',
    name: 'tea.jpg',
    make: () => withMetadata(picture().toColourspace('cmyk')).jpeg().toBuffer(),
  },
  {
    title: 'JPEG with a second image',
    name: 'tea.jpg',
    make: async () =>
      withSegment(Buffer.concat([await jpeg(), await withMetadata(picture()).jpeg().toBuffer()]), 0xe2, 'MPF\0'),
  },
  { title: 'JPEG that is a ZIP too', name: 'tea.jpg', make: async () => Buffer.concat([await jpeg(), zip]) },
  {
    title: 'JPEG that was cut off',
    name: 'tea.jpg',
    make: async () => (await withMetadata(picture()).jpeg().toBuffer()).subarray(0, -200),
  },
  {
    title: 'PNG with 16 bits and a text',
    name: 'tea.png',
    make: async () =>
      withPngChunk(await picture().toColourspace('rgb16').png().toBuffer(), 'tEXt', Buffer.from(`Author\0${secret}`)),
  },
  { title: 'PNG, a bomb of 1.6 billion pixels', name: 'tea.png', make: () => flatPng(40_000, 40_000) },
  { title: 'PNG of no width', name: 'tea.png', make: () => flatPng(0, 10) },
  { title: 'GIF', name: 'tea.gif', make: () => picture().gif().toBuffer() },
  {
    title: 'animated GIF with a comment and XMP',
    name: 'tea.gif',
    make: async () => withGifExtensions(await picture(3).gif(frames).toBuffer()),
  },
  {
    title: 'GIF that is a script too',
    name: 'tea.js',
    make: async () => Buffer.concat([await picture().gif().toBuffer(), Buffer.from(`*/=1;alert('${secret}')//`)]),
  },
  { title: 'GIF of no width', name: 'tea.gif', make: () => gifOf(1, 0) },
  { title: 'WebP with EXIF and XMP', name: 'tea.webp', make: () => withMetadata(picture()).webp().toBuffer() },
  { title: 'animated WebP', name: 'tea.webp', make: () => withMetadata(picture(3)).webp(frames).toBuffer() },
  {
    title: 'AVIF with EXIF and XMP',
    name: 'tea.avif',
    make: () => withMetadata(picture()).avif({ effort: 0 }).toBuffer(),
  },
  { title: 'HEIC with EXIF and XMP, orientation 6', name: 'tea.heic', make: () => realHeic },
  { title: 'SVG with a script', name: 'tea.svg', make: () => Buffer.from(svg) },
  { title: 'SVG with a script, as XML', name: 'tea.svg', make: () => Buffer.from(`<?xml version="1.0"?>${svg}`) },
  { title: 'HTML', name: 'tea.html', make: () => Buffer.from('<!doctype html><script>alert(1)</script>') },
  { title: 'HTML with the name of an image', name: 'tea.png', make: () => Buffer.from('<script>alert(1)</script>') },
  {
    title: 'PDF',
    name: 'tea.pdf',
    make: () => Buffer.from('%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n'),
  },
  { title: 'ZIP', name: 'tea.zip', make: () => zip },
  { title: 'empty', name: 'tea.txt', make: () => Buffer.alloc(0) },
]

/** Of texts. */
export const names: [title: string, name: string][] = [
  ['slashes', '../../etc/passwd'],
  ['backslashes', 'C:\\Users\\anna\\tea.txt'],
  ['nothing but dots', '..'],
  ['newlines', 'green\r\ntea.txt'],
  ['an override of direction', 'photo\u202egpj.exe'],
  ['300 letters', `${'x'.repeat(300)}.txt`],
  ['300 characters of Chinese', `${'茶'.repeat(300)}.txt`],
  ['emoji', '👩‍👩‍👧 🍵.txt'],
  ['a name of Apache', '.htaccess'],
  ['a name of Windows', 'con.txt'],
  ['quotes', 'a"b;c=d.txt'],
]
