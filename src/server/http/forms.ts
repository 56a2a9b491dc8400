import type { Context, Next } from 'koa'

declare module 'koa' {
  interface DefaultContext {
    /** What a form has in a field; empty when it has none of that name, or something that is no text. */
    field(name: string): string
    /** Answers a form: with the page at `path`, by GET, so that loading that anew sends nothing again. */
    seeOther(path: string): void
  }
}

/** What controllers need of every form. */
export function forms() {
  return async function forms(ctx: Context, next: Next): Promise<void> {
    const fields = new Map(Object.entries(Object(ctx.request.body)))
    ctx.field = (name) => {
      const value = fields.get(name)
      return typeof value === 'string' ? value : ''
    }
    ctx.seeOther = (path) => {
      ctx.status = 303
      ctx.redirect(path)
    }
    await next()
  }
}
