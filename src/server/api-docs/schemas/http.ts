/** The bodies of the HTTP API that are no frames, as schemas. */
import * as v from 'valibot'
import { frames } from './frames.ts'
import { file, list, maybe, serverRole, string, summary, user, whole } from './objects.ts'

function said<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(schema, v.description(description))
}

/** Why a stream or a poll ended. */
const closed = v.object({
  code: said(whole, 'a close code'),
  reason: said(string, 'the reason of that close code'),
})

const anyFrame = v.union(Object.values(frames))

/** By the names that the documents give them. */
export const bodies = {
  Me: v.object({
    user,
    role: said(serverRole, 'your role on the server'),
    verified: said(v.boolean(), 'whether the session is verified'),
  }),
  Rooms: v.object({ rooms: said(list(summary), 'your rooms and public rooms') }),
  Files: v.object({
    type: said(v.literal('files'), '`files`'),
    files: said(list(file), 'in the order of the form'),
  }),
  Closed: closed,
  Poll: v.object({
    frames: said(list(anyFrame), 'what has happened, in order'),
    next: said(string, 'the query of the next poll'),
    closed: maybe(said(closed, 'why it ended, when there is nothing to come')),
  }),
  SignIn: v.object({
    name: said(string, '1 to 32 characters'),
    password: maybe(said(string, 'needed if the name has been claimed')),
    to: maybe(said(string, 'path to redirect to; `/` by default')),
  }),
  PageError: v.object({
    error: said(
      v.object({ status: said(whole, 'the status of the response'), message: said(string, 'what is wrong') }),
      'what is wrong',
    ),
  }),
  ClassicFrame: v.object({
    id: said(whole, 'for `chat` the id of the message, otherwise of the newest entry of the lobby'),
    type: said(v.picklist(['join', 'list', 'chat', 'left', 'error']), 'what it is'),
    user: said(user, 'who joined, wrote or left; in `list` and `error` yourself'),
    data: said(v.union([string, list(user)]), 'the text; in `list` the users who are online'),
  }),
  Health: v.object({
    status: said(string, '`ok`, `degraded` or `failing`'),
    reason: v.optional(said(string, 'what is degraded or fails')),
  }),
}
