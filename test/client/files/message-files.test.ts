// @vitest-environment happy-dom
/** The files of a message on the page: players, and tiles for what cannot be shown. */
import { expect, it } from 'vitest'
import MessageFiles from '../../../src/client/files/MessageFiles.vue'
import { saveData } from '../../../src/client/files/on-demand/saves-data.ts'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'

const file = (n: number, name: string, type: string, more: Partial<FileInfo> = {}): FileInfo => {
  return { id: String(n).repeat(32), name, type, bytes: 2_500_000, ...more }
}

function shown(...files: FileInfo[]) {
  return new DialogFixture().show(MessageFiles, { files }).wrapper
}

it('videos and sounds › have the controls of the browser, and their names', () => {
  const wrapper = shown(file(1, 'pour.mp4', 'video/mp4', { alt: 'Tea is poured' }), file(2, 'song.ogg', 'audio/ogg'))
  const video = wrapper.get<HTMLVideoElement>('video')
  expect(video.attributes()).toMatchObject({ src: `/files/${'1'.repeat(32)}/pour.mp4`, preload: 'metadata' })
  expect([video.attributes('controls'), video.attributes('aria-label')]).toEqual(['', 'Tea is poured'])
  const audio = wrapper.get<HTMLAudioElement>('audio')
  expect(audio.attributes()).toMatchObject({ src: `/files/${'2'.repeat(32)}/song.ogg`, preload: 'metadata' })
  expect([audio.attributes('controls'), audio.attributes('aria-label')]).toEqual(['', 'song.ogg'])
  expect(wrapper.findAll('figcaption').map((one) => one.text())).toEqual(['pour.mp4', 'song.ogg'])
})

it('videos and sounds › load nothing by themselves for those who save data', (t) => {
  saveData(true, document)
  t.onTestFinished(() => saveData(false, document))
  const wrapper = shown(file(1, 'pour.mp4', 'video/mp4'), file(2, 'song.ogg', 'audio/ogg'))
  expect(wrapper.findAll('video, audio').map((one) => one.attributes('preload'))).toEqual(['none', 'none'])
})

it('other files › have a tile with their name, type and size, which saves them', () => {
  const wrapper = shown(file(1, 'tea.pdf', 'application/pdf'), file(2, 'unknown', 'application/octet-stream'))
  const tiles = wrapper.findAll('.file-tile')
  expect(tiles.map((tile) => tile.attributes('href'))).toEqual([
    `/files/${'1'.repeat(32)}/tea.pdf`,
    `/files/${'2'.repeat(32)}/unknown`,
  ])
  expect(tiles.map((tile) => tile.attributes('download'))).toEqual(['tea.pdf', 'unknown'])
  expect(wrapper.findAll('.file-tile-name').map((one) => one.text())).toEqual(['tea.pdf', 'unknown'])
  expect(wrapper.findAll('.file-tile-about').map((one) => one.text())).toEqual(['PDF · 2.5 MB', '2.5 MB'])
})
