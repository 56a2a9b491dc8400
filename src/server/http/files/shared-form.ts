/** The form of another program that shares something, where no service worker takes it. Its text is read, and its files are not. */
import type { Context } from 'koa'
import type { SharedFields } from '../../../shared/files/shared-text.ts'
import { type Fields, readForm } from './multipart.ts'

export interface SharedForm extends SharedFields {
  hasFiles: boolean
}

/** The text comes first. The rest, which may come from somebody who is not signed in, is not written to the disk. */
class HasFiles extends Error {}

/** @throws FormFault */
export async function readSharedForm(ctx: Context): Promise<SharedForm> {
  const fields: Fields = new Map()
  let hasFiles = false
  if (ctx.is('multipart')) {
    try {
      await readForm(ctx.req, fields, async () => {
        throw new HasFiles()
      })
    } catch (error) {
      if (!(error instanceof HasFiles)) throw error
      hasFiles = true
    }
  }
  const field = (name: string) => fields.get(name)?.at(-1) ?? ctx.field(name)
  return { title: field('title'), text: field('text'), url: field('url'), hasFiles: hasFiles || field('had') !== '' }
}
