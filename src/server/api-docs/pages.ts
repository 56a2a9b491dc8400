/** What the addresses for browsers are for. Forms are sent to those with POST. */

import { html, pageRefusals, pathParameter } from './openapi-parts.ts'

const pages = {
  'GET /': 'The page of the lobby, or of another room that you can view.',
  'GET /docs': 'This description of the protocol, for people.',
  'GET /signin': 'The sign-in page.',
  'GET /shell': 'The page of the chat without data, for the service worker.',
  'GET /offline': 'The page that is shown without a connection.',
  'GET /manifest.webmanifest': 'What an installed page is called, and how it looks.',
  'GET /icon/{state}/{accent}/{icon}': 'The icon of the server.',
  'POST /signout': 'Ends the session and closes its connections.',
  'POST /settings': 'Sets the language and the theme.',
  'GET /rooms/{room}': 'The page of a room.',
  'GET /rooms/{room}/{id}': 'The page of a room around a message.',
  'GET /rooms/{room}/{id}/reactions': 'Who reacted to a message.',
  'GET /rooms/{room}/files/message': 'Leads to the room.',
  'POST /rooms/{room}/files/message': 'Sends a message, with files if the form has some.',
  'GET /rooms/{room}/members': 'The members of a room.',
  'GET /rooms/{room}/messages': 'Leads to the room.',
  'POST /rooms/{room}/messages': 'Sends a message.',
  'GET /rooms/{room}/pins': 'The pinned messages of a room.',
  'POST /rooms/{room}/pins': 'Pins or unpins a message.',
  'GET /rooms/{room}/saved': 'Leads to the saved messages.',
  'POST /rooms/{room}/saved': 'Saves a message or removes it.',
  'GET /rooms/{room}/notifications': 'Which messages of a room you want to hear of.',
  'POST /rooms/{room}/notifications': 'Sets which messages of a room you want to hear of.',
  'GET /rooms/{room}/accept': 'Leads to the room.',
  'POST /rooms/{room}/accept': 'Accepts a request.',
  'GET /rooms/{room}/decline': 'Leads to the room.',
  'POST /rooms/{room}/decline': 'Declines a request.',
  'GET /mentions': 'The messages that mention you or reply to yours.',
  'GET /saved': 'The messages that you have saved.',
  'GET /read': 'Leads to the first room.',
  'POST /read': 'Marks all rooms as read.',
  'GET /people/{id}': 'A person.',
  'GET /people/{id}/{action}': 'Leads to the person.',
  'POST /people/{id}/block': 'Blocks a person.',
  'POST /people/{id}/unblock': 'Unblocks a person.',
  'GET /link/{token}': 'What an invitation or a one-time link is for.',
  'POST /link/{token}': 'Uses an invitation or a one-time link.',
  'GET /account': 'Your account.',
  'GET /account/password': 'Leads to the account.',
  'POST /account/password': 'Sets your password, or claims your name with it.',
  'GET /account/status': 'Leads to the account.',
  'POST /account/status': 'Sets your status.',
  'GET /account/signout': 'Asks whether you want to sign out.',
  'POST /account/avatar': 'Sets your picture.',
  'POST /account/last-seen': 'Shows or hides when you were last seen.',
  'POST /account/sessions/end': 'Ends all your other sessions.',
  'POST /account/sessions/{id}/end': 'Ends one of your sessions.',
  'GET /admin': 'People, for admins.',
  'GET /admin/people': 'Leads to the people.',
  'POST /admin/people': 'Finds people.',
  'GET /admin/people/{id}': 'A person, for admins.',
  'GET /admin/people/{id}/{action}': 'Leads to the person.',
  'POST /admin/people/{id}/ban': 'Bans a person from the server.',
  'POST /admin/people/{id}/unban': 'Lifts the ban of a person.',
  'POST /admin/people/{id}/forget': 'Forgets the devices of a person.',
  'POST /admin/people/{id}/link': 'Creates a password link for a person.',
  'POST /admin/people/{id}/purge': 'Deletes all messages of a person.',
  'POST /admin/people/{id}/role': 'Changes the role of a person on the server.',
  'GET /admin/rooms': 'Rooms, for admins.',
  'GET /admin/rooms/delete': 'Leads to the rooms.',
  'POST /admin/rooms/delete': 'Deletes a room.',
  'GET /admin/bots': 'Bots and incoming webhooks.',
  'POST /admin/bots': 'Creates a bot.',
  'GET /admin/bots/{id}/token': 'Leads to the bots.',
  'POST /admin/bots/{id}/token': 'Replaces the token of a bot.',
  'GET /admin/bots/{id}/revoke': 'Leads to the bots.',
  'POST /admin/bots/{id}/revoke': 'Revokes the token of a bot.',
  'GET /admin/hooks': 'Leads to the bots.',
  'POST /admin/hooks': 'Creates an incoming webhook.',
  'GET /admin/hooks/{id}/revoke': 'Leads to the bots.',
  'POST /admin/hooks/{id}/revoke': 'Revokes an incoming webhook.',
  'GET /admin/webhooks': 'Outgoing webhooks.',
  'POST /admin/webhooks': 'Creates an outgoing webhook.',
  'GET /admin/webhooks/{id}': 'An outgoing webhook and its deliveries.',
  'GET /admin/webhooks/{id}/pause': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/pause': 'Pauses an outgoing webhook.',
  'GET /admin/webhooks/{id}/resume': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/resume': 'Resumes an outgoing webhook with what has waited.',
  'GET /admin/webhooks/{id}/skip': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/skip': 'Resumes an outgoing webhook without what has waited.',
  'GET /admin/webhooks/{id}/secret': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/secret': 'Replaces the secret of an outgoing webhook.',
  'GET /admin/webhooks/{id}/remove': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/remove': 'Removes an outgoing webhook.',
  'GET /admin/webhooks/{id}/resend': 'Leads to the webhooks.',
  'POST /admin/webhooks/{id}/resend': 'Sends a delivery again.',
  'GET /admin/addresses': 'Banned addresses.',
  'POST /admin/addresses': 'Bans a range of addresses.',
  'GET /admin/addresses/lift': 'Leads to the banned addresses.',
  'POST /admin/addresses/lift': 'Lifts the ban of a range of addresses.',
  'GET /admin/log': 'The audit log.',
  'GET /admin/audit/{id}/undo': 'Leads to the audit log.',
  'POST /admin/audit/{id}/undo': 'Undoes an action.',
  'GET /admin/server': 'The settings of the server, for the owner.',
  'POST /admin/server': 'Changes the settings of the server.',
  'GET /admin/server/invitation': 'An invitation to the lobby, for the owner.',
  'POST /admin/server/invitation': 'Creates an invitation to the lobby.',
} as const

/** What is no HTML. */
const media: Readonly<Record<string, object>> = {
  'GET /manifest.webmanifest': { 'application/manifest+json': { schema: { type: 'object' } } },
  'GET /icon/{state}/{accent}/{icon}': { 'image/svg+xml': { schema: { type: 'string' } } },
}

/** The operations of the pages, by path and method. */
export function pagePaths() {
  const paths: Record<string, Record<string, object>> = {}
  for (const [route, summary] of Object.entries(pages)) {
    const [method = '', path = ''] = route.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: pageOperation(route, path, summary) }
  }
  return paths
}

function pageOperation(route: string, path: string, summary: string) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name))
  const body = {
    content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
    description: 'A form.',
  }
  return {
    operationId: route.replace(/[^A-Za-z]+/g, '-').replace(/-$/, ''),
    summary,
    description: summary,
    tags: ['Pages'],
    ...(parameters.length && { parameters }),
    ...(route.startsWith('POST') && { requestBody: body }),
    responses: {
      200: { description: 'The page.', content: media[route] ?? html() },
      302: { description: 'Leads elsewhere.' },
      303: { description: 'Leads elsewhere after a form.' },
      ...(media[route] && { 304: { description: 'It has not changed.' } }),
      ...pageRefusals(400, 403, 404, 413, 421, 429, 500, 503),
    },
  }
}
