// Protects packets with libsrtp2 and prints what it made: the oracle's vectors in Tests/Corpus/srtp/libsrtp2.txt.
#include <srtp2/srtp.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
static void hex(const char *l, const unsigned char *p, int n){printf("%s ",l);for(int i=0;i<n;i++)printf("%02x",p[i]);printf("\n");}
typedef void (*setter)(srtp_crypto_policy_t*);
struct S{const char*name;setter rtp,rtcp;int len;};
static void s1(srtp_crypto_policy_t*p){srtp_crypto_policy_set_rtp_default(p);}
static void s2(srtp_crypto_policy_t*p){srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(p);}
int main(void){
  struct S suites[]={
   {"AES_CM_128_HMAC_SHA1_80",s1,s1,30},{"AES_CM_128_HMAC_SHA1_32",s2,s1,30},
   {"AES_256_CM_HMAC_SHA1_80",srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,46},
   {"AES_256_CM_HMAC_SHA1_32",srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,46},
   {"AEAD_AES_128_GCM",srtp_crypto_policy_set_aes_gcm_128_16_auth,srtp_crypto_policy_set_aes_gcm_128_16_auth,28},
   {"AEAD_AES_256_GCM",srtp_crypto_policy_set_aes_gcm_256_16_auth,srtp_crypto_policy_set_aes_gcm_256_16_auth,44}};
  srtp_init(); srand(7);
  for(int i=0;i<6;i++)for(int mki=0;mki<2;mki++){
    srtp_policy_t p; memset(&p,0,sizeof p); suites[i].rtp(&p.rtp); suites[i].rtcp(&p.rtcp);
    unsigned char key[64]; for(int k=0;k<64;k++)key[k]=rand();
    unsigned char id[4]={0xca,0xfe,0,(unsigned char)i};
    srtp_master_key_t mk={key,id,4}; srtp_master_key_t*mks[1]={&mk};
    p.ssrc.type=ssrc_specific; p.ssrc.value=0x11223344; p.window_size=1024;
    if(mki){p.keys=mks;p.num_master_keys=1;}else p.key=key;
    srtp_t s; int e=srtp_create(&s,&p); if(e){fprintf(stderr,"%s: %d\n",suites[i].name,e);continue;}
    printf("suite %s\n",suites[i].name); hex("key",key,suites[i].len); hex("mki",id,mki?4:0);
    // sequence numbers that cross two rollovers, in order
    unsigned seqs[]={65533,65534,65535,0,1,20000,50000,65535,0};
    for(int j=0;j<9;j++){
      unsigned char b[2048]; int n=0; int ext=j==3||j==5, cs=j==4?15:0;
      b[n++]=0x80|(ext?0x10:0)|cs; b[n++]=(j==0?0x80:0)|96; b[n++]=seqs[j]>>8; b[n++]=seqs[j];
      for(int k=0;k<4;k++)b[n++]=rand(); b[n++]=0x11;b[n++]=0x22;b[n++]=0x33;b[n++]=0x44;
      for(int k=0;k<4*cs;k++)b[n++]=rand();
      if(ext){b[n++]=0xbe;b[n++]=0xde;b[n++]=0;b[n++]=2;for(int k=0;k<8;k++)b[n++]=k+1;}
      int pl[]={0,1,15,16,17,160,33,1200,64}; for(int k=0;k<pl[j];k++)b[n++]=rand();
      hex("rtp",b,n); e=srtp_protect_mki(s,b,&n,mki,0); if(e){fprintf(stderr,"protect %d\n",e);return 1;} hex("srtp",b,n);
    }
    for(int j=0;j<3;j++){
      unsigned char b[512]; int n=0; int words=j==0?1:(j==1?6:12);
      b[n++]=0x80; b[n++]=j==0?201:200; b[n++]=0; b[n++]=words; b[n++]=0x11;b[n++]=0x22;b[n++]=0x33;b[n++]=0x44;
      if(j==2)b[0]=0x81; while(n<4+4*words)b[n++]=rand();
      hex("rtcp",b,n); e=srtp_protect_rtcp_mki(s,b,&n,mki,0); if(e){fprintf(stderr,"protect %d\n",e);return 1;} hex("srtcp",b,n);
    }
    srtp_dealloc(s);
  }
}
