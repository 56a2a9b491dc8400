import type { FileInfo } from './types.ts'

/** Where a file is read. Its name is for people who save it: the id alone says which one it is. */
export function filePath({ id, name }: Pick<FileInfo, 'id' | 'name'>): string {
  return `/files/${id}/${encodeURIComponent(name)}`
}

export function isFilePath(path: string): boolean {
  return path.startsWith('/files/')
}
