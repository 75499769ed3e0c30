// npm co-wechat-oauth as it is: its hosts are written into it.
import OAuth from "co-wechat-oauth";

import { loginsWith } from "./lib/logins.mjs";

loginsWith("co-wechat-oauth", (target) => {
  const oauth = new OAuth(target.appId, target.secret);
  return {
    link: (state, scope) => oauth.getAuthorizeURL(target.redirectUri, state, scope),
    exchange: async (code) => (await oauth.getAccessToken(code)).data,
    refresh: async (token) => (await oauth.refreshAccessToken(token)).data,
    userinfo: (tokens) => oauth._getUser({ openid: tokens.openid }, tokens.access_token),
    check: (tokens) => oauth.verifyToken(tokens.openid, tokens.access_token),
    numberOf: (error) => (error.name === "WeChatAPIError" ? error.code : String(error)),
  };
}, { fixed: true });
