// npm wechat-oauth as it is: its hosts are written into it.
import OAuth from "wechat-oauth";

import { loginsWith } from "./lib/logins.mjs";

const promised = (call) => new Promise((resolve, reject) => {
  call((error, result) => (error ? reject(error) : resolve(result)));
});

loginsWith("wechat-oauth", (target) => {
  // It looks people up among its own tokens; these are kept by the test.
  const kept = new Map();
  const oauth = new OAuth(
    target.appId,
    target.secret,
    (openid, done) => done(null, kept.get(openid)),
    (openid, token, done) => { kept.set(openid, token); done(null); },
  );
  return {
    link: (state, scope) => oauth.getAuthorizeURL(target.redirectUri, state, scope),
    exchange: async (code) => (await promised((done) => oauth.getAccessToken(code, done))).data,
    refresh: async (token) => (await promised((done) => oauth.refreshAccessToken(token, done))).data,
    userinfo: (tokens) => promised((done) => oauth._getUser({ openid: tokens.openid }, tokens.access_token, done)),
    check: (tokens) => promised((done) => oauth.verifyToken(tokens.openid, tokens.access_token, done)),
    numberOf: (error) => (error.name === "WeChatAPIError" ? error.code : String(error)),
  };
}, { fixed: true });
