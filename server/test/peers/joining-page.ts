import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The steps: a token of the portal, a call, its callbacks, the start, the end. `told` keeps what the callbacks were
 * given.
 */
const steps = `
// What makes speech clear takes an endless tone for noise, the sooner the busier the machine is.
var open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
var plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
navigator.mediaDevices.getUserMedia = () => open({ audio: plain });
function getConferenceToken(myMeetingInfo, userName) {
  var dfd = $.Deferred();
  var data = { conferenceId: myMeetingInfo.conferenceID, presentationOnly: false, userName: userName };
  var xmlhttp = new XMLHttpRequest();
  var url = myMeetingInfo.unifiedPortalURL;
  var middlewareTokenHref = url + '/ups/resources/middleware/token';
  xmlhttp.open('POST', middlewareTokenHref);
  xmlhttp.setRequestHeader('Accept', ['application/json', 'text/plain', '*/*'].join(', '));
  xmlhttp.setRequestHeader('Content-Type', 'application/json');
  xmlhttp.onload = function () {
    if (this.status == 200) {
      var receivedData = JSON.parse(this.responseText);
      if (receivedData.error) {
        dfd.reject('Failed to retrieve iView token: ' + receivedData.error.errorMsg);
      } else {
        dfd.resolve(receivedData.token);
      }
    } else {
      dfd.reject('Failed to retrieve iView token: ' + this.status);
    }
  };
  xmlhttp.send(JSON.stringify(data));
  return dfd.promise();
}
var told = [];
var client = new AvayaClientServices();
var user = client.createUser(new AvayaClientServices.Config.UserConfiguration());
function makeCall(token, remoteAddress) {
  var calls = user.getCalls();
  var callCreationInfo = new AvayaClientServices.Services.Call.CallCreationInfo(remoteAddress);
  callCreationInfo.setPortalToken(token);
  callCreationInfo.setCallType(AvayaClientServices.Services.Call.CallType.CallTypeHttpMeetMe);
  var call = calls.createCall(callCreationInfo);
  call.addOnCallStartedCallback(function (one) { told.push(['started', one === call, arguments.length]); });
  call.addOnCallRemoteAlertingCallback(function (one, early) { told.push(['alerting', one === call, early]); });
  call.addOnCallEstablishedCallback(function (one) { told.push(['established', one === call, arguments.length]); });
  call.addOnCallEndedCallback(function (one, event) { told.push(['ended', one === call, event.getReason()]); });
  call.addOnCallFailedCallback(function (one, exception) { told.push(['failed', one === call, exception.getError()]); });
  call.start();
  return call;
}
`;

/** The page of an application that joins with jQuery and the library of this server. */
export function joiningPage(base: string): string {
  const jquery = readFileSync(
    fileURLToPath(new URL('../../../node_modules/jquery/dist/jquery.min.js', import.meta.url)),
    'utf8',
  );
  const library = `<script src="${base}/sdk/AvayaClientServices.min.js"></script>`;
  return `<!doctype html><title>An application</title><script>${jquery}</script>${library}<script>${steps}</script>`;
}
