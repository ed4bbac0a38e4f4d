import type { FastifyRequest } from 'fastify';
import type { UserView } from '../../../../directory/directory-views.ts';
import { baseUrl } from '../../../base-url.ts';
import { callView } from '../call-view.ts';
import type { WebServicesDeps } from '../deps.ts';
import { deviceView } from '../device-view.ts';
import { describeFeature, isFeature } from '../features.ts';
import { addressOf, root } from '../links.ts';
import { monitoredDevices, ownSeats, ownTerminals, shownDevice, type Terminal } from '../own-devices.ts';
import { userView } from '../user-view.ts';

/** The user's resources as they are now, with the links of one request. */
export class Views {
  readonly #deps: WebServicesDeps;
  readonly #user: UserView;
  readonly base: string;

  constructor(deps: WebServicesDeps, request: FastifyRequest) {
    this.#deps = deps;
    this.#user = request.agent.user;
    this.base = `${baseUrl(request, deps.publicUrl)}${root}`;
  }

  user() {
    return userView(this.#user, this.base);
  }

  devices() {
    return ownTerminals(this.#deps, this.#user).map((device) => this.device(device));
  }

  device(device: Terminal) {
    return deviceView(shownDevice(this.#deps, this.#user, device), this.base);
  }

  /** Of these devices; default: of all. */
  calls(terminals?: readonly Terminal[]) {
    const now = this.#deps.clock.now();
    return ownSeats(this.#deps, this.#user, terminals).map((seat) => callView(seat, this.base, now));
  }

  /** What of others can be monitored: each device with who works at it, and its calls in short. */
  monitored() {
    return monitoredDevices(this.#deps, this.#user).map((terminal) => {
      const owner = this.#deps.directory.user(terminal.organizationId, terminal.userId);
      const calls = this.#callsInShort(terminal, owner);
      // What may be asked stands at the own device.
      return { ...this.device(terminal), capabilities: [], user: owner && userView(owner, this.base), calls };
    });
  }

  /** Of one device, which may be somebody else's. */
  callsAt(terminal: Terminal) {
    const { organizationId, userId } = terminal;
    if (userId === this.#user.id) return this.calls([terminal]);
    return this.#callsInShort(terminal, this.#deps.directory.user(organizationId, userId));
  }

  #callsInShort(terminal: Terminal, owner: UserView | null) {
    const now = this.#deps.clock.now();
    const seats = owner === null ? [] : ownSeats(this.#deps, owner, [terminal]);
    return seats.map((seat) => {
      const { callType, duration, id, participants, state } = callView(seat, this.base, now);
      return { id, state, callType, participants, duration };
    });
  }

  features() {
    return this.#user.features.map((id) => this.feature(id)).filter((one) => one !== null);
  }

  feature(id: string) {
    return isFeature(id) ? { ...describeFeature(id), ...addressOf(this.base, `/features/${id}`) } : null;
  }

  channels() {
    return [this.voiceChannel()];
  }

  /** Its state is that of the devices that are logged on, of the first where they differ. */
  voiceChannel() {
    const { devices, states: known } = this.#deps;
    const states = ownTerminals(this.#deps, this.#user).map(
      ({ organizationId, id: extensionId }) => devices.of({ organizationId, extensionId }).agentState,
    );
    const state = states.find(({ state: name }) => name !== 'loggedOff') ?? { state: 'loggedOff', reason: null };
    const address = addressOf(this.base, '/channels/voice');
    return {
      channel: 'voice',
      userState: known.show(state),
      capabilities: known.known.map(({ operationName }) => operationName),
      uri: `${this.base}/me/channels/voice`,
      path: address.path,
    };
  }
}
