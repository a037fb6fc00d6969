// The panel beside the phone: whose WeChat it is, what it scans, which messages it got. On a
// narrow screen it waits behind the capsule in the phone's bar.
import { element, part } from './bench'
import { relaunch } from './launch'
import { deskWords } from './deskwords'
import { sandbox, type Message, type Place } from './sandbox'

const remembered = 'bench:openid'
const interval = 3000 // ms between two looks for messages

export interface Desk {
  openid: string
  words: typeof deskWords
  loginCode: () => Promise<string>
  grant: (template: string) => Promise<unknown>
}

export async function desk(home: string): Promise<Desk> {
  const { openid } = await whose()
  localStorage.setItem(remembered, openid)
  document.documentElement.lang = deskWords.lang
  part('back').setAttribute('aria-label', deskWords.back)
  part('capsule').setAttribute('aria-label', deskWords.panel)
  part('capsule').onclick = () => document.body.classList.toggle('desk')
  part('desk').append(closer(), ...top(), await who(openid), scanner(openid, home), messages(openid, home))
  acceptPictures(openid)
  return { openid, words: deskWords, loginCode: () => sandbox.loginCode(openid).catch(() => comeBack(openid)), grant: (template) => sandbox.grant(openid, template) }
}

// whose is the address's choice, else the last one's, else a new user.
async function whose() {
  const asked = new URLSearchParams(location.search).get('as') ?? localStorage.getItem(remembered)
  if (asked) return sandbox.visit(asked)
  return sandbox.visit(undefined, deskWords.user((await sandbox.identities()).length + 1))
}

// comeBack makes the user known to a sandbox that was started anew.
async function comeBack(openid: string): Promise<string> {
  await sandbox.visit(openid)
  return sandbox.loginCode(openid)
}

function closer() {
  const button = element('button', { class: 'closer', 'aria-label': deskWords.close }, '×')
  button.onclick = () => document.body.classList.remove('desk')
  return button
}

function top() {
  return [element('h1', {}, deskWords.title), element('p', {}, deskWords.lead)]
}

function section(title: string, ...inside: Node[]) {
  return element('section', {}, element('h2', {}, title), ...inside)
}

async function who(openid: string) {
  const known = await sandbox.identities()
  const list = element('select', { 'aria-label': deskWords.who })
  known.forEach(({ openid: id, nickname }, index) => list.add(new Option(nickname || deskWords.user(index + 1), id, false, id === openid)))
  list.onchange = () => relaunch(list.value)
  const add = element('button', {}, deskWords.newUser)
  add.onclick = async () => relaunch((await sandbox.visit(undefined, deskWords.user(known.length + 1))).openid)
  const restart = element('button', {}, deskWords.restart)
  restart.onclick = () => relaunch(openid)
  return section(deskWords.who, list, element('div', { class: 'pair' }, add, restart))
}

function scanner(openid: string, home: string) {
  const text = element('input', { placeholder: deskWords.paste, 'aria-label': deskWords.paste, autocomplete: 'off' })
  const open = element('button', { class: 'wide strong' }, deskWords.open)
  const form = element('form', { id: 'scan' }, text, open)
  form.onsubmit = (event) => {
    event.preventDefault()
    if (text.value.trim()) follow(openid, sandbox.read(text.value, home))
  }
  const file = element('input', { type: 'file', accept: 'image/png,image/jpeg', id: 'picture' })
  file.onchange = () => file.files?.[0] && follow(openid, sandbox.scan(file.files[0]))
  const pick = element('label', { class: 'wide', for: 'picture' }, deskWords.picture)
  return section(deskWords.scan, form, file, pick, element('p', { id: 'wrong', role: 'alert' }))
}

// follow opens what was read, or says why it cannot be.
async function follow(openid: string, place: Promise<Place>) {
  try {
    const { path, query } = await place
    relaunch(openid, path, query)
  } catch (thrown) {
    part('wrong').textContent = `${deskWords.unreadable} (${(thrown as Error).message})`
  }
}

// acceptPictures scans a picture that is dropped, or pasted from the clipboard.
function acceptPictures(openid: string) {
  const scan = (files: FileList | undefined) => {
    const picture = [...(files ?? [])].find(({ type }) => type.startsWith('image/'))
    if (picture) follow(openid, sandbox.scan(picture))
  }
  addEventListener('paste', ({ clipboardData }) => scan(clipboardData?.files))
  addEventListener('dragover', (event) => event.preventDefault())
  addEventListener('drop', (event) => {
    event.preventDefault()
    scan(event.dataTransfer?.files)
  })
}

function messages(openid: string, home: string) {
  const list = element('div', { id: 'messages' }, element('p', {}, deskWords.noMessage))
  let shown = 0
  const look = async () => {
    const found = part('desk').checkVisibility() && !document.hidden ? await sandbox.messages(openid).catch(() => []) : []
    if (found.length > shown) list.replaceChildren(...found.reverse().map((message) => card(openid, home, message)))
    shown = Math.max(shown, found.length)
    setTimeout(look, interval)
  }
  look()
  return section(deskWords.messages, list)
}

function card(openid: string, home: string, { page, data, at }: Message) {
  const lines = Object.values(data).map((line) => element('span', {}, line))
  const button = element('button', { class: 'message' }, element('small', {}, new Date(at).toLocaleString(deskWords.lang)), ...lines)
  const [path, query] = (page || home).split('?')
  button.onclick = () => relaunch(openid, path!, query)
  return button
}
