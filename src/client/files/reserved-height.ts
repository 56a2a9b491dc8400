import type { FileInfo } from '../../shared/protocol/types.ts'

/**
 * In the first load of the page: the least height of the files of a message, so that nothing moves when they are drawn. The numbers are
 * those of `message-files.css` and `shownSize`; on a phone an image is narrower, and less high.
 */
export function reservedHeight(files: readonly FileInfo[]): string {
  const images = files.filter(({ width }) => width)
  const { width = 1, height = 1 } = images[0] ?? {}
  const one = `min(360px,${height}px,min(480px,100vw - 96px)*${height / width})`
  return `calc(${images[1] ? '268px' : one} + ${60 * (files.length - images.length)}px)`
}
