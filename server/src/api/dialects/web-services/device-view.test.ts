import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentStates } from './agent-states.ts';
import { type DeviceFacts, type DeviceSeat, deviceView } from './device-view.ts';
import { deviceIdOf, voiceEnvironmentId } from './ids.ts';

const base = 'http://127.0.0.1:8080/api/v2';

function seat(device: Partial<DeviceFacts> = {}, features: readonly string[] = ['api-voice']): DeviceSeat {
  return {
    extension: { id: '1-15000', number: '15000', publicNumbers: [] },
    user: { features },
    device: {
      agentState: { state: 'ready', reason: null },
      doNotDisturb: false,
      forwardTo: null,
      monitoring: null,
      ...device,
    },
    registered: true,
  };
}

test('a device has the documented fields, in their order', () => {
  const id = deviceIdOf('1-15000');
  const expected = {
    id,
    deviceState: 'Active',
    userState: { id: '9430250E-0A1B-421F-B372-F29E69366DED', displayName: 'Ready', state: 'Ready' },
    phoneNumber: '15000',
    description: '',
    e164Number: '',
    telephonyNetwork: 'Private',
    doNotDisturb: 'Off',
    voiceEnvironmentUri: `${base}/voice-environments/${voiceEnvironmentId}`,
    capabilities: ['DoNotDisturbOn', 'ForwardCallsOn'],
    channels: ['voice'],
    dynamicPhoneNumber: '',
    uri: `${base}/devices/${id}`,
    path: `/devices/${id}`,
  };
  assert.equal(JSON.stringify(deviceView(seat(), base)), JSON.stringify(expected));
});

test('a device says what is set for it, and what can be set now', () => {
  const { doNotDisturb, forwardTo, capabilities } = deviceView(seat({ doNotDisturb: true, forwardTo: '15001' }), base);
  assert.deepEqual([doNotDisturb, forwardTo, capabilities], ['On', '15001', ['DoNotDisturbOff', 'ForwardCallsOff']]);
  assert.deepEqual(deviceView({ ...seat(), registered: false }, base).deviceState, 'Inactive');
  assert.deepEqual(deviceView(seat({}, []), base).capabilities, []);
});

test('each state of an agent is shown in its words', () => {
  const shown = (state: DeviceFacts['agentState']['state'], reason: string | null = null) =>
    deviceView(seat({ agentState: { state, reason } }), base).userState;
  assert.deepEqual(shown('loggedOn'), { state: 'LoggedIn' });
  const { id: _off, ...off } = shown('loggedOff');
  assert.deepEqual(off, { displayName: 'Offline', state: 'LoggedOut' });
  const { id: _aux, ...aux } = shown('notReady', 'AuxWork');
  assert.deepEqual(aux, { displayName: 'AuxWork', state: 'NotReady', workMode: 'AuxWork' });
  const { id: _after, ...after } = shown('workingAfterCall');
  assert.deepEqual(after, { displayName: 'AfterCallWork', state: 'NotReady', workMode: 'AfterCallWork' });
  const { id: _lunch, ...lunch } = shown('notReady', 'Lunch');
  assert.deepEqual(lunch, { displayName: 'Not Ready', state: 'NotReady', reason: 'Lunch' });
});

test('configured states are listed, asked for and shown by names of their own', () => {
  const states = new AgentStates([
    { operationName: 'Lunch', displayName: 'Lunch break', workMode: 'AuxWork' },
    { operationName: 'Notes', displayName: 'Writing notes', workMode: 'AfterCallWork' },
  ]);
  const { id: _id, ...lunch } = states.known.at(-2)!;
  assert.deepEqual(lunch, {
    operationName: 'Lunch',
    displayName: 'Lunch break',
    state: 'NotReady',
    workMode: 'AuxWork',
  });
  assert.equal(new Set(states.known.map(({ id }) => id)).size, 7);
  assert.equal(new AgentStates([{ operationName: 'Lunch', displayName: '', workMode: null }]).known[5]!.id, _id);
  assert.deepEqual(states.askedFor('Notes'), { state: 'workingAfterCall', reason: 'Notes' });
  assert.equal(states.askedFor('Tea'), null);
  const shown = deviceView({ ...seat({ agentState: { state: 'notReady', reason: 'Lunch' } }), states }, base).userState;
  assert.deepEqual(shown, { id: _id, displayName: 'Lunch break', state: 'NotReady', workMode: 'AuxWork' });
});

test('a supervisor may monitor, and sees what is monitored', () => {
  const features = ['api-voice', 'api-supervisor-monitoring'];
  const monitoring = { mode: 'coach', calls: 'all', scope: 'call', target: '1-15001' } as const;
  const device = deviceView(seat({ monitoring }, features), base);
  assert.deepEqual(device.capabilities.slice(2), ['ListenIn', 'Coach', 'BargeIn', 'CancelSupervisorMonitoring']);
  assert.deepEqual(device.supervisorMonitoringState, {
    state: 'Coach',
    mode: 'AllCalls',
    scope: 'Call',
    targetDeviceUri: `${base}/devices/${deviceIdOf('1-15001')}`,
  });
});
