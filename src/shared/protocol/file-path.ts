import type { FileInfo } from './types.ts'

/** Where a file is read. Its name is for people who save it: the id alone says which one it is. A preview is one of an image. */
export function filePath({ id, name }: Pick<FileInfo, 'id' | 'name'>, preview?: 'small' | 'large'): string {
  return `/files/${id}/${encodeURIComponent(name)}${preview ? `?preview=${preview}` : ''}`
}

export function isFilePath(path: string): boolean {
  return path.startsWith('/files/')
}
